//! A streaming body that can be sent a second time: what was sent is kept, up to a cap, and the rest is shared.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::BodyError;

/// One sending of a streaming body.
#[derive(Debug)]
pub(super) struct Recorded {
    tape: Arc<Mutex<Tape>>,
    sending: u32,
    next: usize,
}

/// What all sendings of one body share.
#[derive(Debug)]
struct Tape {
    sent: Vec<Bytes>,
    /// The length of what was sent, as long as it is kept.
    length: usize,
    cap: usize,
    rest: Option<reqwest::Body>,
    /// Something that was sent is not kept.
    is_gone: bool,
    /// The sending that may take from the rest; those before it have been given up.
    sending: u32,
    waiting: Option<Waker>,
}

impl Recorded {
    /// Keeps up to `cap` bytes of what is sent.
    pub(super) fn new(body: reqwest::Body, cap: usize) -> Self {
        let tape = Tape {
            sent: Vec::new(),
            length: 0,
            cap,
            rest: Some(body),
            is_gone: false,
            sending: 0,
            waiting: None,
        };
        Self {
            tape: Arc::new(Mutex::new(tape)),
            sending: 0,
            next: 0,
        }
    }

    /// What it takes to send the same once more.
    pub(super) fn handle(&self) -> Replayable {
        Replayable(Arc::clone(&self.tape))
    }
}

/// The right to send a body once more.
#[derive(Debug)]
pub(super) struct Replayable(Arc<Mutex<Tape>>);

impl Replayable {
    /// Starts from the beginning, and ends the sending before; `None` if what was sent is not kept.
    pub(super) fn again(self) -> Option<Recorded> {
        let mut tape = lock(&self.0);
        if tape.is_gone {
            return None;
        }
        tape.sending += 1;
        if let Some(former) = tape.waiting.take() {
            former.wake();
        }
        let sending = tape.sending;
        drop(tape);
        Some(Recorded {
            tape: self.0,
            sending,
            next: 0,
        })
    }
}

impl Body for Recorded {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let shared = Arc::clone(&self.tape);
        let mut tape = lock(&shared);
        if tape.sending != self.sending {
            return Poll::Ready(Some(Err("the request is sent anew".into())));
        }
        if let Some(data) = tape.sent.get(self.next) {
            self.next += 1;
            return Poll::Ready(Some(Ok(Frame::data(data.clone()))));
        }
        let Some(rest) = tape.rest.as_mut() else {
            return Poll::Ready(None);
        };
        let polled = Pin::new(rest).poll_frame(cx);
        if polled.is_pending() {
            tape.waiting = Some(cx.waker().clone());
        }
        let Some(frame) = ready!(polled) else {
            tape.rest = None;
            return Poll::Ready(None);
        };
        match &frame {
            Ok(frame) => tape.keep(frame.data_ref()),
            Err(_) => tape.is_gone = true,
        }
        self.next = tape.sent.len();
        Poll::Ready(Some(frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        let tape = lock(&self.tape);
        self.next >= tape.sent.len() && tape.rest.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let tape = lock(&self.tape);
        let again: usize = tape.sent.iter().skip(self.next).map(Bytes::len).sum();
        let rest = tape
            .rest
            .as_ref()
            .map_or_else(|| SizeHint::with_exact(0), Body::size_hint);
        let again = again as u64;
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower().saturating_add(again));
        if let Some(upper) = rest.upper() {
            hint.set_upper(upper.saturating_add(again));
        }
        hint
    }
}

impl Tape {
    /// Keeps what is sent now, or lets go of everything when it is too much or nothing that can be kept.
    fn keep(&mut self, data: Option<&Bytes>) {
        let Some(data) = data.filter(|_| !self.is_gone) else {
            self.is_gone = true;
            return;
        };
        self.length = self.length.saturating_add(data.len());
        if self.length > self.cap {
            self.is_gone = true;
            self.sent = Vec::new();
        } else {
            self.sent.push(data.clone());
        }
    }
}

/// A panic of another thread cannot leave the tape half changed.
fn lock(tape: &Mutex<Tape>) -> MutexGuard<'_, Tape> {
    tape.lock().unwrap_or_else(PoisonError::into_inner)
}
