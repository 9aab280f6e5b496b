use keyfob_store::{FileStore, MemoryStore};

use crate::ready;

#[test]
fn memory_store_keeps_the_contract() {
    ready(keyfob_store::contract::run(MemoryStore::new));
}

// covers: planet-8, planet-10, planet-14
#[test]
fn file_store_keeps_the_contract() {
    let home = tempfile::tempdir().unwrap();
    let number = std::cell::Cell::new(0);
    ready(keyfob_store::contract::run(|| {
        number.set(number.get() + 1);
        FileStore::new(home.path().join(number.get().to_string()))
    }));
    assert!(number.get() > 10);
}
