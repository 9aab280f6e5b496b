//! Accepts connections, applies the faults of the connection, and hands requests to the routes.

use std::{convert::Infallible, fmt, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::Request, response::Response};
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
};
use tower_service::Service;

use crate::{
    Endpoint, When,
    call::{Call, with_type},
    fault::{
        Fault, FaultKind,
        wire::{self, Answer},
    },
    lock,
    provider::Provider,
    refusal::ErrorCode,
};

const BODY_CAP: usize = 1024 * 1024;

/// Serves until `stop` resolves (or its sender is gone).
pub(crate) async fn run(
    listener: TcpListener,
    provider: Arc<Provider>,
    mut stop: oneshot::Receiver<()>,
) {
    let router = crate::routes::router();
    loop {
        let accepted = tokio::select! {
            _ = &mut stop => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                provider.tally.count(|counters| counters.connections += 1);
                tokio::spawn(connection(stream, router.clone(), provider.clone()));
            }
            // Out of descriptors, most likely: others have to finish first.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn connection(stream: TcpStream, router: Router, provider: Arc<Provider>) {
    // Small answers must not wait for the peer's delayed acknowledgement.
    stream.set_nodelay(true).ok();
    let service = service_fn(move |request| answer(request, router.clone(), provider.clone()));
    let mut server = http1::Builder::new();
    // An error here is the peer's disconnect, or the one that a fault asked for.
    server
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service)
        .await
        .ok();
}

/// The connection is to be closed without an answer.
#[derive(Debug)]
struct Dropped;

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is dropped on purpose")
    }
}

impl std::error::Error for Dropped {}

async fn answer(
    request: Request<Incoming>,
    router: Router,
    provider: Arc<Provider>,
) -> Result<Response, Dropped> {
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY_CAP).collect().await else {
        return Ok(with_type(
            StatusCode::PAYLOAD_TOO_LARGE,
            "text/plain",
            "too much\n",
        ));
    };
    let body = body.to_bytes();
    let call = Arc::new(Call::new(provider.clone(), &parts, body.clone()));
    if !has_own_host(&call) {
        return Ok(with_type(
            StatusCode::MISDIRECTED_REQUEST,
            "text/plain",
            "not my name\n",
        ));
    }
    let mut request = Request::from_parts(parts, Body::from(body));
    request.extensions_mut().insert(call.clone());
    if call.endpoint == Endpoint::Admin {
        let Ok(response) = route(router, request).await;
        return Ok(response);
    }
    // Taken before the fault is drawn, so that no clearing in between is missed.
    let mut clearing = provider.faults.clearing();
    // A request that has arrived is worked on even if the client goes away meanwhile.
    let work = tokio::spawn(work(call, router, request));
    match work.await {
        Ok(Answer::Send(response)) => Ok(dated(response, &provider)),
        Ok(Answer::Hang) => {
            clearing.changed().await.ok();
            Err(Dropped)
        }
        Ok(Answer::Drop) | Err(_) => Err(Dropped),
    }
}

async fn work(call: Arc<Call>, router: Router, request: Request) -> Answer {
    let provider = &call.provider;
    let in_work = provider.tally.begin(call.endpoint, call.grant_type());
    let client = call.named_client();
    let faults = provider.faults.take_wire(call.place(client.as_deref()));
    provider
        .tally
        .count(|counters| counters.faults += faults.len() as u64);
    call.note(|record| record.fault = faults.last().map(|fault| fault.kind.name()));
    if call.endpoint == Endpoint::Token {
        tokio::time::sleep(provider.settings().token_latency).await;
    }
    let answer = spoilt(&faults, router, request).await;
    drop(in_work);
    let mut record = lock(&call.record).clone();
    if let Answer::Send(response) = &answer {
        record.status = Some(response.status().as_u16());
        record.error = response
            .extensions()
            .get::<ErrorCode>()
            .map(|code| code.0.clone());
    }
    provider.tally.record(record);
    answer
}

async fn spoilt(faults: &[Fault], router: Router, request: Request) -> Answer {
    pause(faults, When::Before).await;
    let fault = faults.iter().find(|fault| fault.kind.is_answer());
    if let Some(fault) = fault.filter(|fault| fault.when == When::Before) {
        return wire::spoil(fault, None);
    }
    let Ok(response) = route(router, request).await;
    let answer = match fault {
        Some(fault) => wire::spoil(fault, whole(response).await),
        None => dripped(faults, response).await,
    };
    pause(faults, When::After).await;
    answer
}

async fn pause(faults: &[Fault], when: When) {
    for fault in faults.iter().filter(|fault| fault.when == when) {
        if let FaultKind::Slow { delay_ms } = fault.kind {
            tokio::time::sleep(Duration::from_millis(delay_ms)).await;
        }
    }
}

async fn dripped(faults: &[Fault], response: Response) -> Answer {
    let delay = faults.iter().find_map(|fault| match fault.kind {
        FaultKind::Drip { delay_ms } => Some(Duration::from_millis(delay_ms)),
        _ => None,
    });
    let Some(delay) = delay else {
        return Answer::Send(response);
    };
    match whole(response).await {
        Some((parts, body)) => Answer::Send(wire::drip(parts, body, delay)),
        None => Answer::Drop,
    }
}

async fn whole(response: Response) -> Option<(http::response::Parts, Bytes)> {
    let (parts, body) = response.into_parts();
    Some((parts, body.collect().await.ok()?.to_bytes()))
}

async fn route(mut router: Router, request: Request) -> Result<Response, Infallible> {
    Service::<Request>::call(&mut router, request).await
}

/// Tells whether the request is for this provider: a web page elsewhere, whose name was bound to
/// the loopback address, has no business here.
fn has_own_host(call: &Call) -> bool {
    let host = call
        .headers
        .get(header::HOST)
        .and_then(|value| value.to_str().ok());
    let name = host
        .and_then(|host| host.rsplit_once(':'))
        .map(|(name, _)| name);
    matches!(name, Some("127.0.0.1" | "localhost"))
}

/// Sets the `Date` by the provider's clock, which may be off.
fn dated(mut response: Response, provider: &Provider) -> Response {
    let now = u64::try_from(provider.now()).unwrap_or_default();
    let date = httpdate::fmt_http_date(std::time::UNIX_EPOCH + Duration::from_secs(now));
    if let Ok(date) = HeaderValue::from_str(&date) {
        response.headers_mut().insert(header::DATE, date);
    }
    response
}
