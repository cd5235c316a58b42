//! A wire to a server: what comes in at one end goes out at the other, unless it is told something else.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{mpsc, watch},
    task::{AbortHandle, JoinSet},
    time::{Instant, sleep_until},
};

/// What a wire does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Does {
    /// It carries everything.
    Carries,
    /// It carries everything, this much later.
    Delays(Duration),
    /// It carries nothing and tells nobody.
    Swallows,
    /// It is cut where both ends see it, and no new one is made.
    Refuses,
    /// What the server says arrives as something else.
    Garbles,
}

pub(crate) struct Wire {
    pub(crate) address: SocketAddr,
    does: watch::Sender<Does>,
    task: AbortHandle,
}

impl Wire {
    pub(crate) async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let does = watch::Sender::new(Does::Carries);
        let told = does.clone();
        let task = tokio::spawn(async move {
            let mut wires = JoinSet::new();
            loop {
                let (here, _) = listener.accept().await.unwrap();
                if *told.borrow() == Does::Refuses {
                    continue;
                }
                let Ok(there) = TcpStream::connect(("127.0.0.1", port)).await else { continue };
                wires.spawn(both_ways(here, there, told.subscribe()));
            }
        });
        Self { address, does, task: task.abort_handle() }
    }

    pub(crate) fn set(&self, does: Does) {
        self.does.send_replace(does);
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://{}", self.address)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn both_ways(here: TcpStream, there: TcpStream, mut does: watch::Receiver<Does>) {
    let ((from_here, to_here), (from_there, to_there)) = (here.into_split(), there.into_split());
    let (told, telling) = (does.clone(), does.clone());
    tokio::select! {
        () = carry(from_here, to_there, told, false) => {}
        () = carry(from_there, to_here, telling, true) => {}
        _ = does.wait_for(|does| *does == Does::Refuses) => {}
    }
}

async fn carry(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut does: watch::Receiver<Does>,
    is_answer: bool,
) {
    let (sender, mut receiver) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    let reading = {
        let does = does.clone();
        async move {
            let mut bytes = vec![0; 65_536];
            while let Ok(1..) = from.read(&mut bytes).await.inspect(|count| bytes.truncate(*count)) {
                let now = *does.borrow();
                let late = if let Does::Delays(time) = now { time } else { Duration::ZERO };
                let carried = if now == Does::Garbles && is_answer { b"?garbage\r\n".to_vec() } else { bytes.clone() };
                if sender.send((Instant::now() + late, carried)).is_err() {
                    return;
                }
                bytes.resize(65_536, 0);
            }
        }
    };
    let writing = async move {
        while let Some((at, bytes)) = receiver.recv().await {
            sleep_until(at).await;
            // What was swallowed comes when the wire carries again, as from a network that tries on.
            drop(does.wait_for(|does| *does != Does::Swallows).await);
            if to.write_all(&bytes).await.is_err() {
                return;
            }
        }
    };
    tokio::join!(reading, writing);
}
