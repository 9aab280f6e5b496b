//! A store in a real Redis, as an application writes one against keyfob's storage trait. RESP2 by hand.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Mutex;
use std::time::Duration;

use keyfob::store::{KeyValue, StoreError, TryLock};

/// One connection to Redis.
#[derive(Debug)]
pub(crate) struct Redis(Mutex<BufReader<TcpStream>>);

/// What Redis answers.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Nothing,
    Word(String),
    Number(i64),
    Bytes(Vec<u8>),
    Many(Vec<Self>),
}

const SWAP: &[u8] = b"local held = redis.call('GET', KEYS[1]) \
    if ARGV[1] == '0' then if held then return 0 end else if held ~= ARGV[2] then return 0 end end \
    if ARGV[3] == '0' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[4]) end return 1";

const UNLOCK: &[u8] =
    b"if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end return 1";

impl Redis {
    pub(crate) fn connect(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        Self(Mutex::new(BufReader::new(stream)))
    }

    /// Sends one command.
    pub(crate) fn ask(&self, words: &[&[u8]]) -> Result<Answer, StoreError> {
        let mut request = format!("*{}\r\n", words.len()).into_bytes();
        for word in words {
            request.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
            request.extend_from_slice(word);
            request.extend_from_slice(b"\r\n");
        }
        let mut connection = self.0.lock().map_err(|_| StoreError::backend("poisoned"))?;
        connection
            .get_mut()
            .write_all(&request)
            .and_then(|()| read(&mut connection))
            .map_err(StoreError::backend_failed)
    }
}

fn read(connection: &mut BufReader<TcpStream>) -> std::io::Result<Answer> {
    let mut line = String::new();
    connection.read_line(&mut line)?;
    let line = line.trim_end();
    let (kind, rest) = line.split_at_checked(1).unwrap_or_default();
    let number = || rest.parse::<i64>().map_err(std::io::Error::other);
    match kind {
        "+" => Ok(Answer::Word(rest.to_owned())),
        ":" => Ok(Answer::Number(number()?)),
        "$" | "*" if rest == "-1" => Ok(Answer::Nothing),
        "$" => {
            let mut bytes = vec![0; usize::try_from(number()?).map_err(std::io::Error::other)? + 2];
            connection.read_exact(&mut bytes)?;
            bytes.truncate(bytes.len() - 2);
            Ok(Answer::Bytes(bytes))
        }
        "*" => (0..number()?)
            .map(|_| read(connection))
            .collect::<std::io::Result<_>>()
            .map(Answer::Many),
        _ => Err(std::io::Error::other(line.to_owned())),
    }
}

impl KeyValue for Redis {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(match self.ask(&[b"GET", key.as_bytes()])? {
            Answer::Bytes(bytes) => Some(bytes),
            _ => None,
        })
    }

    async fn swap(
        &self,
        key: &str,
        expected: Option<&[u8]>,
        new: Option<&[u8]>,
    ) -> Result<bool, StoreError> {
        let given = |value: Option<&[u8]>| if value.is_some() { b"1" } else { b"0" };
        let done = self.ask(&[
            b"EVAL",
            SWAP,
            b"1",
            key.as_bytes(),
            given(expected),
            expected.unwrap_or_default(),
            given(new),
            new.unwrap_or_default(),
        ])?;
        Ok(done == Answer::Number(1))
    }

    async fn keys(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let Answer::Many(keys) = self.ask(&[b"KEYS", b"*"])? else {
            return Ok(Vec::new());
        };
        let text = |key| match key {
            Answer::Bytes(bytes) => String::from_utf8(bytes).ok(),
            _ => None,
        };
        let keys = keys.into_iter().filter_map(text);
        Ok(keys.filter(|key| key.starts_with(prefix)).collect())
    }

    async fn lock(
        &self,
        key: &str,
        holder: &str,
        lasts: Duration,
    ) -> Result<TryLock<()>, StoreError> {
        let (key, lasts) = (key.as_bytes(), lasts.as_millis().max(1).to_string());
        let words = [
            b"SET",
            key,
            holder.as_bytes(),
            b"NX",
            b"PX",
            lasts.as_bytes(),
        ];
        if self.ask(&words)? != Answer::Nothing {
            return Ok(TryLock::Held(()));
        }
        let holder = match self.ask(&[b"GET", key])? {
            Answer::Bytes(bytes) => String::from_utf8(bytes).ok(),
            _ => None,
        };
        Ok(TryLock::Busy { holder })
    }

    async fn unlock(&self, key: &str, holder: &str) -> Result<(), StoreError> {
        let words: [&[u8]; 5] = [b"EVAL", UNLOCK, b"1", key.as_bytes(), holder.as_bytes()];
        self.ask(&words).map(drop)
    }
}
