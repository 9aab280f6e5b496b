//! An answer whose body is read without async code.

use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;

use bytes::{Buf, Bytes};
use http::{HeaderMap, StatusCode};

use crate::authenticate::AuthenticateError;
use crate::blocking::Session;

/// An answer; its body is read by [`Read`], or at once.
pub struct Response {
    inner: Option<reqwest::Response>,
    status: StatusCode,
    headers: HeaderMap,
    unread: Bytes,
    driver: Arc<Session>,
}

impl Response {
    pub(super) fn new(inner: reqwest::Response, driver: Arc<Session>) -> Self {
        Self {
            status: inner.status(),
            headers: inner.headers().clone(),
            inner: Some(inner),
            unread: Bytes::new(),
            driver,
        }
    }

    /// Returns the status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the next part of the body, `None` at its end.
    ///
    /// # Errors
    /// [`AuthenticateError::Request`] when the connection breaks.
    pub fn chunk(&mut self) -> Result<Option<Bytes>, AuthenticateError> {
        if !self.unread.is_empty() {
            return Ok(Some(std::mem::take(&mut self.unread)));
        }
        let Some(mut answer) = self.inner.take() else {
            return Ok(None);
        };
        let (answer, chunk) = self.driver.wait(move |_| async move {
            let chunk = answer.chunk().await;
            (answer, chunk)
        })?;
        let chunk = chunk.map_err(AuthenticateError::Request)?;
        if chunk.is_some() {
            self.inner = Some(answer);
        }
        Ok(chunk)
    }

    /// Reads the body as text; what is no UTF-8 is replaced.
    ///
    /// # Errors
    /// [`AuthenticateError::Request`] when the connection breaks.
    pub fn text(self) -> Result<String, AuthenticateError> {
        Ok(String::from_utf8_lossy(&self.bytes()?).into_owned())
    }

    /// Reads the body.
    ///
    /// # Errors
    /// [`AuthenticateError::Request`] when the connection breaks.
    pub fn bytes(mut self) -> Result<Bytes, AuthenticateError> {
        let mut all = Vec::new();
        while let Some(chunk) = self.chunk()? {
            all.extend_from_slice(&chunk);
        }
        Ok(all.into())
    }
}

impl Read for Response {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.unread.is_empty() {
            match self.chunk() {
                Ok(Some(chunk)) => self.unread = chunk,
                Ok(None) => return Ok(0),
                Err(error) => return Err(io::Error::other(error)),
            }
        }
        let count = self.unread.len().min(into.len());
        if let (Some(space), Some(data)) = (into.get_mut(..count), self.unread.get(..count)) {
            space.copy_from_slice(data);
        }
        self.unread.advance(count);
        Ok(count)
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}
