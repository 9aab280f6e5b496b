//! A store out of any place that keeps values by key: a table, Redis, etcd, a cloud's key-value service.

mod lease;
mod lock;
mod store;

pub use lease::KeyValueLease;
pub use store::KeyValueStore;

use std::time::Duration;

use crate::{StoreError, TryLock};

/// What a place must be able to do so that [`KeyValueStore`] can keep credentials there: three operations.
///
/// Only [`swap`](KeyValue::swap) has to be atomic. Keys are short: the prefix, a profile name, at most one `#word`; values are
/// JSON text of at most 1 MiB, and hold secrets in the clear.
///
/// ```
/// use std::{collections::BTreeMap, sync::Mutex};
/// use keyfob_store::{KeyValue, KeyValueStore, Store, StoreError};
///
/// #[derive(Default)]
/// struct Table(Mutex<BTreeMap<String, Vec<u8>>>);
///
/// impl KeyValue for Table {
///     async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
///         let rows = self.0.lock().map_err(|_| StoreError::backend("the table is gone"))?;
///         Ok(rows.get(key).cloned())
///     }
///
///     async fn swap(&self, key: &str, expected: Option<&[u8]>, new: Option<&[u8]>) -> Result<bool, StoreError> {
///         let mut rows = self.0.lock().map_err(|_| StoreError::backend("the table is gone"))?;
///         if rows.get(key).map(Vec::as_slice) != expected {
///             return Ok(false);
///         }
///         match new {
///             Some(new) => rows.insert(key.to_owned(), new.to_vec()),
///             None => rows.remove(key),
///         };
///         Ok(true)
///     }
///
///     async fn keys(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
///         let rows = self.0.lock().map_err(|_| StoreError::backend("the table is gone"))?;
///         Ok(rows.keys().filter(|key| key.starts_with(prefix)).cloned().collect())
///     }
/// }
///
/// let store = Store::new(KeyValueStore::new(Table::default()));
/// ```
///
/// # Errors
/// A place that cannot be reached answers [`StoreError::backend`]; what it says never holds a value.
pub trait KeyValue: Send + Sync + 'static {
    /// Reads a value; `None` when there is none.
    fn get(&self, key: &str) -> impl Future<Output = Result<Option<Vec<u8>>, StoreError>> + Send;

    /// Writes `new` if what is there is `expected`, in one step that nobody can come between; `None` stands for no value, so
    /// `new: None` removes. Tells whether it was written.
    fn swap(
        &self,
        key: &str,
        expected: Option<&[u8]>,
        new: Option<&[u8]>,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Lists the keys that begin with `prefix`, in any order.
    fn keys(&self, prefix: &str) -> impl Future<Output = Result<Vec<String>, StoreError>> + Send;

    /// Takes a lock that ends by itself after `lasts`, or says at once who has it. `holder` is different for each lock taken.
    ///
    /// As written here it is a value under `key` with its end by the clock of whoever took it. A place that ends values by
    /// itself (Redis: `SET key holder NX PX lasts`) does it better.
    fn lock(
        &self,
        key: &str,
        holder: &str,
        lasts: Duration,
    ) -> impl Future<Output = Result<TryLock<()>, StoreError>> + Send {
        lock::take(self, key, holder, lasts)
    }

    /// Gives a lock back, unless somebody else has it by now.
    fn unlock(
        &self,
        key: &str,
        holder: &str,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        lock::give_back(self, key, holder)
    }
}
