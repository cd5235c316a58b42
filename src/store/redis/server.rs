//! One server, and the connections to it.

use std::{sync::Arc, time::Duration};

use redis::{
    AsyncConnectionConfig, Cmd, ErrorKind, ProtocolVersion, PushInfo, RedisConnectionInfo, RedisError, RedisResult,
    ServerErrorKind, Value, aio::MultiplexedConnection, cmd, pipe,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::{Mutex, Semaphore},
    task::AbortHandle,
    time::{Instant, timeout},
};
use tokio_rustls::{TlsConnector, rustls::pki_types::ServerName};

use super::{
    failure::{alone, ends_connection, failure, garbled},
    script::Step,
    tls,
    url::RedisUrl,
};
use crate::store::{StoreError, StoreErrorKind, Urgency};

/// How servers are reached: the address with its secrets, and TLS where it is spoken.
pub(super) struct Access {
    pub(super) url: RedisUrl,
    pub(super) tls: Option<TlsConnector>,
}

impl Access {
    /// Who asks a server that holds data.
    fn whom(&self) -> RedisConnectionInfo {
        let (url, whom) = (&self.url, Self::nobody().set_db(self.url.database));
        let whom = url.user.as_ref().map_or(whom.clone(), |user| whom.set_username(user));
        url.password.as_ref().map_or(whom.clone(), |password| whom.set_password(password))
    }

    /// Who asks a Sentinel.
    fn nobody() -> RedisConnectionInfo {
        RedisConnectionInfo::default().set_protocol(ProtocolVersion::RESP3)
    }
}

/// A server that holds data.
pub(super) struct Server {
    pub(super) at: (String, u16),
    /// On which all ask and write at once.
    pub(super) data: Line,
    /// On which choices are written and a replica is waited for, so that nobody else waits, too.
    pub(super) choices: Line,
}

impl Server {
    pub(super) fn new(access: &Arc<Access>, at: (String, u16)) -> Self {
        let line = || Line::new(Arc::clone(access), at.clone());
        Self { data: line(), choices: line(), at: at.clone() }
    }
}

/// A connection that is opened when it is needed, and again when it broke.
pub(super) struct Line {
    access: Arc<Access>,
    at: (String, u16),
    state: Mutex<State>,
    room: Semaphore,
}

#[derive(Default)]
struct State {
    open: Option<Arc<Connection>>,
    /// Why and when it could not be opened.
    failed: Option<(Instant, StoreError)>,
}

impl Line {
    fn new(access: Arc<Access>, at: (String, u16)) -> Self {
        Self { access, at, state: Mutex::default(), room: Semaphore::new(AT_ONCE) }
    }

    /// Asks for a write, and waits until a replica has it. Both stand on one connection: what is waited for is the last write
    /// that was made on it.
    pub(super) async fn ask_confirmed(&self, write: &Cmd, asking: bool) -> Result<Value, Trouble> {
        let (connection, answer) = self.asked(write, asking, Urgency::Choice).await?;
        let mut wait = cmd("WAIT");
        wait.arg(1).arg(CONFIRMED_WITHIN);
        match connection.ask(&wait, false).await {
            Ok(Value::Int(1..)) => Ok(answer),
            Ok(Value::Int(_)) => Err(Trouble { error: alone(), said: None, is_final: true }),
            Ok(_) => {
                self.close(&connection).await;
                Err(garbled().into())
            }
            Err(error) => {
                self.close(&connection).await;
                Err(error.into())
            }
        }
    }

    /// Asks something. Where the connection had broken unseen, it is asked once more on a new one: what is asked here may be
    /// asked twice.
    pub(super) async fn ask(&self, question: &Cmd, asking: bool, urgency: Urgency) -> Result<Value, Trouble> {
        self.asked(question, asking, urgency).await.map(|(_, answer)| answer)
    }

    async fn asked(&self, question: &Cmd, asking: bool, urgency: Urgency) -> Result<(Arc<Connection>, Value), Trouble> {
        if urgency == Urgency::Visit && self.room.available_permits() < AT_ONCE / 2 {
            let text = "too much waits for redis, visits are refused";
            return Err(StoreError::new(StoreErrorKind::Busy, text).into());
        }
        let _permit = self.room.acquire().await.map_err(|_| garbled())?;
        let mut again = true;
        loop {
            let connection = self.connection().await?;
            match connection.ask(question, asking).await {
                Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) && again => {
                    again = false;
                    connection.prepare().await?;
                }
                Err(error) if ends_connection(&error) => {
                    self.close(&connection).await;
                    // One that did not answer in time would not do so now.
                    if !again || error.is_timeout() {
                        return Err(error.into());
                    }
                    again = false;
                }
                answer => return Ok((Arc::clone(&connection), answer?)),
            }
        }
    }

    /// Closes the connection after an answer that belongs to another question: nothing that comes on it may be believed.
    pub(super) async fn distrust(&self) {
        if let Some(connection) = self.state.lock().await.open.take() {
            connection.cut();
        }
    }

    async fn close(&self, broken: &Arc<Connection>) {
        broken.cut();
        let mut state = self.state.lock().await;
        if state.open.as_ref().is_some_and(|open| Arc::ptr_eq(open, broken)) {
            state.open = None;
        }
    }

    /// The connection; those who come while it is being opened wait for it, and learn of the same failure.
    async fn connection(&self) -> Result<Arc<Connection>, StoreError> {
        let mut state = self.state.lock().await;
        if let Some(open) = &state.open {
            return Ok(Arc::clone(open));
        }
        if let Some((_, error)) = state.failed.as_ref().filter(|(at, _)| at.elapsed() < REST) {
            return Err(error.clone());
        }
        match Connection::open(&self.access, &self.at, ANSWER_WITHIN, None).await {
            Ok(connection) => {
                connection.prepare().await?;
                let connection = Arc::new(connection);
                (state.open, state.failed) = (Some(Arc::clone(&connection)), None);
                Ok(connection)
            }
            Err(error) => {
                state.failed = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }
}

/// Why a question was not answered: what the server said, if another may know better.
pub(super) struct Trouble {
    pub(super) error: StoreError,
    pub(super) said: Option<RedisError>,
    /// Whether another try now could end otherwise.
    pub(super) is_final: bool,
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self { error, said: None, is_final: false }
    }
}

impl From<RedisError> for Trouble {
    fn from(said: RedisError) -> Self {
        Self { error: failure(&said), said: Some(said), is_final: false }
    }
}

/// Takes what the server says without being asked.
pub(super) type Listener = Arc<dyn Fn(PushInfo) + Send + Sync>;

/// A connection, until it is cut or dropped.
pub(super) struct Connection {
    shared: MultiplexedConnection,
    driver: AbortHandle,
}

impl Connection {
    /// Opens one to a server that holds data, and says who asks.
    pub(super) async fn open(
        access: &Access,
        at: &(String, u16),
        answer_within: Duration,
        listener: Option<Listener>,
    ) -> Result<Self, StoreError> {
        Self::opened(access, at, access.whom(), answer_within, listener).await
    }

    /// Opens one to a Sentinel.
    pub(super) async fn to_sentinel(access: &Access, at: &(String, u16)) -> Result<Self, StoreError> {
        Self::opened(access, at, Access::nobody(), OPEN_WITHIN, None).await
    }

    async fn opened(
        access: &Access,
        at: &(String, u16),
        whom: RedisConnectionInfo,
        answer_within: Duration,
        listener: Option<Listener>,
    ) -> Result<Self, StoreError> {
        let opening = async {
            let stream = TcpStream::connect((at.0.as_str(), at.1)).await.map_err(|error| unreachable(at, error))?;
            stream.set_nodelay(true).map_err(|error| unreachable(at, error))?;
            let Some(tls) = &access.tls else { return Self::over(stream, whom, answer_within, listener).await };
            let name = ServerName::try_from(at.0.clone()).map_err(|error| unreachable(at, error))?;
            let stream = tls.connect(name, stream).await.map_err(|error| tls::failure(at, error))?;
            Self::over(stream, whom, answer_within, listener).await
        };
        let late = |_| {
            let text = match access.tls {
                None => "redis did not take the connection in time",
                // It waits for the end of what it takes for a command.
                Some(_) => {
                    "redis did not take the connection in time; if it speaks no TLS on this port, name its `tls-port`"
                }
            };
            StoreError::new(StoreErrorKind::Unavailable, text)
        };
        timeout(OPEN_WITHIN, opening).await.map_err(late)?
    }

    async fn over<S>(
        stream: S,
        whom: RedisConnectionInfo,
        answer_within: Duration,
        listener: Option<Listener>,
    ) -> Result<Self, StoreError>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let config = AsyncConnectionConfig::new().set_response_timeout(Some(answer_within));
        let config = match listener {
            Some(listener) => config.set_push_sender(move |info: PushInfo| -> Result<(), ()> {
                listener(info);
                Ok(())
            }),
            None => config,
        };
        let opened = MultiplexedConnection::new_with_config(&whom, stream, config).await;
        let (shared, driver) = opened.map_err(|error| failure(&error))?;
        Ok(Self { shared, driver: tokio::spawn(driver).abort_handle() })
    }

    /// Loads what the server is to do for us.
    async fn prepare(&self) -> Result<(), StoreError> {
        for step in Step::ALL {
            self.ask(&step.load(), false).await.map_err(|error| failure(&error))?;
        }
        Ok(())
    }

    /// Asks something; `asking` says that the key may be on its way here.
    pub(super) async fn ask(&self, question: &Cmd, asking: bool) -> RedisResult<Value> {
        let mut shared = self.shared.clone();
        if !asking {
            return question.query_async(&mut shared).await;
        }
        let mut both = pipe();
        both.cmd("ASKING").ignore().add_command(question.clone());
        let answers: Vec<Value> = both.query_async(&mut shared).await?;
        Ok(answers.into_iter().next().unwrap_or(Value::Nil))
    }

    /// Asks several things at once.
    pub(super) async fn ask_all(&self, questions: &redis::Pipeline) -> RedisResult<Vec<Value>> {
        questions.query_async(&mut self.shared.clone()).await
    }

    /// Ends it now, whoever waits on it.
    pub(super) fn cut(&self) {
        self.driver.abort();
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.cut();
    }
}

fn unreachable(at: &(String, u16), error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::caused(StoreErrorKind::Unavailable, format!("redis at `{}:{}` cannot be reached", at.0, at.1), error)
}

/// How many questions may be on their way to a server; from half of it on, visits are refused.
const AT_ONCE: usize = 4_096;

/// How long a connection may take to open.
const OPEN_WITHIN: Duration = Duration::from_secs(1);

/// How long an answer may take. Nobody's request waits so long; what is written does.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);

/// How long a replica may take, in milliseconds.
const CONFIRMED_WITHIN: u64 = 1_000;

/// How long after a failure it is not tried again.
const REST: Duration = Duration::from_millis(100);
