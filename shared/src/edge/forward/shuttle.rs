//! Bytes that go both ways.

use std::cell::Cell;
use std::io;
use std::pin::pin;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy, split};
use tokio::time::{Instant, sleep_until, timeout};

/// How long a client that has no more to say waits for the next part of an answer.
const LINGER: Duration = Duration::from_secs(10);
/// How long what a pod sent before a fault may take to the client.
const DRAIN: Duration = Duration::from_secs(1);
/// How much is passed on at once.
const PART: usize = 16 * 1024;

/// Passes bytes on, both ways, until either side ends. Returns the fault that broke the connection, if there is one.
pub(super) async fn shuttle(
    client: impl AsyncRead + AsyncWrite,
    pod: impl AsyncRead + AsyncWrite,
    fault: impl Future<Output = Option<String>>,
) -> Option<String> {
    let (mut from_client, mut to_client) = split(client);
    let (mut from_pod, mut to_pod) = split(pod);
    let moved = Cell::new(Instant::now());
    let up = async {
        let _ = copy(&mut from_client, &mut to_pod).await;
        moved.set(Instant::now());
        // Closing the stream now would cut off the answer.
        until_idle(&moved).await;
    };
    let mut down = pin!(async {
        let _ = carry(&mut from_pod, &mut to_client, &moved).await;
        let _ = to_client.shutdown().await;
    });
    let fault = async {
        match fault.await {
            Some(text) => text,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        text = fault => {
            // The connection ends in any case.
            let _ = timeout(DRAIN, down).await;
            Some(text)
        }
        () = &mut down => None,
        () = up => None,
    }
}

/// Passes bytes on to the end, and notes when the last ones went.
async fn carry(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    moved: &Cell<Instant>,
) -> io::Result<()> {
    let mut part = vec![0; PART];
    loop {
        let count = from.read(&mut part).await?;
        if count == 0 {
            return Ok(());
        }
        to.write_all(part.get(..count).unwrap_or_default()).await?;
        moved.set(Instant::now());
    }
}

/// Waits until nothing has moved for a while.
async fn until_idle(moved: &Cell<Instant>) {
    while moved.get().elapsed() < LINGER {
        sleep_until(moved.get() + LINGER).await;
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::io::{DuplexStream, duplex};
    use tokio::time::sleep;

    use super::*;

    /// Runs a future in a time that passes as soon as everybody waits.
    fn run<F: Future>(future: F) -> F::Output {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.unwrap().block_on(future)
    }

    async fn read(mut client: DuplexStream) -> String {
        let mut text = String::new();
        client.read_to_string(&mut text).await.unwrap();
        text
    }

    #[test]
    fn an_answer_may_take_its_time_while_it_flows() {
        for (pause, expected) in [(6, "12345"), (11, "")] {
            let (mut client, near) = duplex(64);
            let (far, mut pod) = duplex(64);
            let answer = async {
                client.shutdown().await.unwrap();
                for part in ["1", "2", "3", "4", "5"] {
                    sleep(Duration::from_secs(pause)).await;
                    // Nobody may be there any more.
                    let _ = pod.write_all(part.as_bytes()).await;
                }
                drop(pod);
                read(client).await
            };
            let (fault, text) = run(async { tokio::join!(shuttle(near, far, pending()), answer) });
            assert_eq!((fault, text.as_str()), (None, expected), "a part every {pause} s");
        }
    }

    #[test]
    fn what_came_before_a_fault_arrives() {
        let (client, near) = duplex(64);
        let (far, mut pod) = duplex(64);
        let text = run(async {
            pod.write_all(b"the answer").await.unwrap();
            let fault = shuttle(near, far, std::future::ready(Some("gone".to_owned()))).await;
            assert_eq!(fault.as_deref(), Some("gone"));
            read(client).await
        });
        assert_eq!(text, "the answer");
    }

    #[test]
    fn either_side_may_end_a_connection() {
        for is_pod in [true, false] {
            let (client, near) = duplex(64);
            let (far, pod) = duplex(64);
            let (gone, _stays) = if is_pod { (pod, client) } else { (client, pod) };
            drop(gone);
            assert_eq!(run(shuttle(near, far, async { None })), None);
        }
    }
}
