//! Transports that break the contract, each in one way: the suite names the rule. Where another rule is broken by the same
//! mistake, it is named as well.

#![expect(clippy::panic, clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

#[path = "support/programs.rs"]
mod programs;

use core::time::Duration;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use handclasp::conformance::{self, TransportSetup};
use handclasp::{InProcess, InProcessError, Instance, InstanceUrl, Transport};
use programs::Program;
use tokio::sync::{Semaphore, mpsc};

type Answer = Result<Vec<u8>, InProcessError>;

/// The numbers of the rules that are violated.
async fn violated<T: Transport + Send + Sync + 'static>(make: fn(InProcess) -> T) -> Vec<u8> {
    violated_in(&Program::with(make)).await
}

/// The same for a transport that does not come to an end somewhere.
async fn violated_for_ever<T: Transport + Send + Sync + 'static>(make: fn(InProcess) -> T) -> Vec<u8> {
    violated_in(&Program::with(make).impatient()).await
}

async fn violated_in(setup: &impl TransportSetup) -> Vec<u8> {
    let failure = conformance::transport(setup).await.unwrap_err();
    println!("{failure}");
    failure.report().violations().map(|violation| violation.rule.number).collect()
}

/// A transport over the network, with what it keeps, whose exchange is this.
macro_rules! broken {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $kind:ty = $value:expr),* }
        exchange($this:ident, $to:ident, $message:ident) $exchange:block) => {
        $(#[$doc])*
        struct $name { network: InProcess, $($field: $kind),* }

        impl $name {
            fn over(network: InProcess) -> Self {
                Self { network, $($field: $value),* }
            }
        }

        impl Transport for $name {
            type Error = InProcessError;

            async fn discover(&self, url: &InstanceUrl) -> Result<Instance, InProcessError> {
                self.network.discover(url).await
            }

            async fn exchange(&self, $to: &InstanceUrl, $message: &[u8]) -> Answer {
                let $this = self;
                $exchange
            }
        }
    };
}

broken! {
    /// Has a buffer of 4 KiB for messages.
    CutsMessages {}
    exchange(this, to, message) {
        this.network.exchange(to, message.get(..4096).unwrap_or(message)).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_cuts_messages_does_not_let_bytes_arrive_as_they_are() {
    assert_eq!(violated(CutsMessages::over).await, [1, 8]);
}

broken! {
    /// Has a buffer of 16 KiB for messages, and drops what does not fit.
    CutsLongMessages {}
    exchange(this, to, message) {
        this.network.exchange(to, message.get(..16 * 1024).unwrap_or(message)).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_cuts_too_long_messages_does_not_let_bytes_arrive_as_they_are() {
    assert_eq!(violated(CutsLongMessages::over).await, [1]);
}

broken! {
    /// Notices that a message is too long when the beginning has been sent.
    SendsTheBeginning {}
    exchange(this, to, message) {
        match message.get(..16 * 1024) {
            Some(beginning) if beginning != message => {
                this.network.exchange(to, beginning).await?;
                Err(InProcessError::TooLarge)
            }
            _ => this.network.exchange(to, message).await,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_sends_the_beginning_of_too_long_messages_does_not_let_bytes_arrive_as_they_are() {
    assert_eq!(violated(SendsTheBeginning::over).await, [1]);
}

broken! {
    /// Has a buffer of 16 KiB for answers.
    CutsAnswers {}
    exchange(this, to, message) {
        let mut answer = this.network.exchange(to, message).await?;
        answer.truncate(16 * 1024);
        Ok(answer)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_cuts_answers_does_not_let_bytes_arrive_as_they_are() {
    assert_eq!(violated(CutsAnswers::over).await, [1, 6]);
}

broken! {
    /// Takes messages for text.
    ManglesMessages {}
    exchange(this, to, message) {
        this.network.exchange(to, String::from_utf8_lossy(message).as_bytes()).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_mangles_messages_does_not_let_bytes_arrive_as_they_are() {
    assert_eq!(violated(ManglesMessages::over).await, [1]);
}

broken! {
    /// Takes answers for lines of text.
    TrimsAnswers {}
    exchange(this, to, message) {
        Ok(this.network.exchange(to, message).await?.trim_ascii_end().to_vec())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_trims_answers_does_not_let_bytes_arrive_as_they_are() {
    assert_eq!(violated(TrimsAnswers::over).await, [1]);
}

broken! {
    /// Takes an empty answer for none.
    RefusesEmptyAnswers {}
    exchange(this, to, message) {
        let answer = this.network.exchange(to, message).await?;
        if answer.is_empty() { Err(InProcessError::Failed) } else { Ok(answer) }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_refuses_empty_answers_does_not_let_bytes_arrive_as_they_are() {
    assert_eq!(violated(RefusesEmptyAnswers::over).await, [1, 9]);
}

broken! {
    /// Has no time-out.
    NeverEnds {}
    exchange(this, to, message) {
        match this.network.exchange(to, message).await {
            Err(InProcessError::TimedOut) => core::future::pending().await,
            answer => answer,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_without_a_time_out_does_not_come_to_an_end() {
    assert_eq!(violated_for_ever(NeverEnds::over).await, [5]);
}

broken! {
    /// Has one exchange at a time.
    OneAtATime { line: Semaphore = Semaphore::new(1) }
    exchange(this, to, message) {
        let _mine = this.line.acquire().await.unwrap();
        this.network.exchange(to, message).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_waits_for_the_silent_does_not_let_others_go_on() {
    assert_eq!(violated(OneAtATime::over).await, [5]);
}

broken! {
    /// Gives an answer that is not one when nobody answers in time.
    MakesAnswersUp {}
    exchange(this, to, message) {
        match this.network.exchange(to, message).await {
            Err(InProcessError::TimedOut) => Ok(b"408 Request Timeout".to_vec()),
            answer => answer,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_makes_answers_up_does_not_end_with_an_error() {
    assert_eq!(violated(MakesAnswersUp::over).await, [5]);
}

broken! {
    /// Gives as much of too long an answer as it may.
    CutsLongAnswers {}
    exchange(this, to, message) {
        match this.network.exchange(to, message).await {
            Err(InProcessError::TooLarge) => Ok(vec![b'x'; 64 * 1024]),
            answer => answer,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_cuts_too_long_answers_does_not_bound_their_size() {
    assert_eq!(violated(CutsLongAnswers::over).await, [6]);
}

broken! {
    /// Gives too long answers as they are.
    TakesAnything {}
    exchange(this, to, message) {
        match this.network.exchange(to, message).await {
            Err(InProcessError::TooLarge) => Ok(vec![b'x'; 64 * 1024 + 1]),
            answer => answer,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_takes_answers_of_any_length_does_not_bound_their_size() {
    assert_eq!(violated(TakesAnything::over).await, [6]);
}

broken! {
    /// Keeps the rest of too long an answer for the next exchange.
    LeavesARest { rest: Mutex<Option<Vec<u8>>> = Mutex::default() }
    exchange(this, to, message) {
        let rest = this.rest.lock().unwrap().take();
        if let Some(rest) = rest {
            return Ok(rest);
        }
        let answer = this.network.exchange(to, message).await;
        if answer == Err(InProcessError::TooLarge) {
            *this.rest.lock().unwrap() = Some(b"x".to_vec());
        }
        answer
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_leaves_the_rest_of_too_long_an_answer_does_not_bound_its_size() {
    assert_eq!(violated(LeavesARest::over).await, [6]);
}

broken! {
    /// Has a pool of connections, into which a dropped exchange does not put back its own.
    LosesConnections { pool: Semaphore = Semaphore::new(16) }
    exchange(this, to, message) {
        this.pool.acquire().await.unwrap().forget();
        let answer = this.network.exchange(to, message).await;
        this.pool.add_permits(1);
        answer
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_loses_the_connections_of_dropped_futures_does_not_go_on() {
    assert_eq!(violated_for_ever(LosesConnections::over).await, [7]);
}

/// One connection: answers in the order of their messages, whoever waits for them.
struct Connection {
    requests: mpsc::UnboundedSender<Vec<u8>>,
    answers: mpsc::UnboundedReceiver<Answer>,
}

impl Connection {
    fn open(network: InProcess, to: InstanceUrl) -> Self {
        let (requests, mut sent) = mpsc::unbounded_channel::<Vec<u8>>();
        let (answer, answers) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Some(message) = sent.recv().await {
                let _ = answer.send(network.exchange(&to, &message).await);
            }
        });
        Self { requests, answers }
    }
}

type Connections = Mutex<HashMap<InstanceUrl, Arc<tokio::sync::Mutex<Connection>>>>;

broken! {
    /// Keeps a connection to each node, also if nobody has waited for its last answer.
    LeavesAnswers { connections: Connections = Mutex::default() }
    exchange(this, to, message) {
        let open = || Arc::new(tokio::sync::Mutex::new(Connection::open(this.network.clone(), to.clone())));
        let connection = this.connections.lock().unwrap().entry(to.clone()).or_insert_with(open).clone();
        let mut connection = connection.lock().await;
        connection.requests.send(message.to_vec()).unwrap();
        connection.answers.recv().await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_leaves_the_answers_of_dropped_futures_does_not_lose_the_message_alone() {
    assert_eq!(violated(LeavesAnswers::over).await, [7]);
}

broken! {
    /// Has one place for answers, where each looks for its own.
    MixesAnswers { last: Mutex<Vec<u8>> = Mutex::default() }
    exchange(this, to, message) {
        let answer = this.network.exchange(to, message).await?;
        *this.last.lock().unwrap() = answer;
        tokio::time::sleep(Duration::from_millis(2)).await;
        Ok(this.last.lock().unwrap().clone())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_mixes_answers_up_does_not_give_each_exchange_its_own() {
    assert_eq!(violated(MixesAnswers::over).await, [7, 8]);
}

broken! {
    /// Gives answers to exchanges in the order in which those were begun, though nodes answer in another.
    AnswersInOrder { waiting: Mutex<Vec<mpsc::UnboundedSender<Answer>>> = Mutex::default() }
    exchange(this, to, message) {
        let (mine, mut answer) = mpsc::unbounded_channel();
        this.waiting.lock().unwrap().push(mine);
        let came = this.network.exchange(to, message).await;
        let first = this.waiting.lock().unwrap().remove(0);
        let _ = first.send(came);
        answer.recv().await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_answers_in_order_does_not_give_each_exchange_its_own() {
    // A node that does not answer, and a dropped future, put it out of order as well.
    let mut violated = violated_for_ever(AnswersInOrder::over).await;
    // So do exchanges that fail, if the threads happen to end them before those that were begun earlier.
    violated.retain(|rule| *rule != 9);
    assert_eq!(violated, [5, 7, 8]);
}

broken! {
    /// Has sixteen connections, and when they are used up goes on with the last one.
    ReachesAnother { last: Mutex<(usize, Option<InstanceUrl>)> = Mutex::default() }
    exchange(this, to, message) {
        let to = {
            let mut last = this.last.lock().unwrap();
            let (changes, before) = &mut *last;
            if *changes < 16 && before.as_ref() != Some(to) {
                *changes += 1;
                *before = Some(to.clone());
            }
            before.clone().unwrap()
        };
        this.network.exchange(&to, message).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_reaches_another_node_does_not_give_each_exchange_its_own_answer() {
    assert_eq!(violated(ReachesAnother::over).await, [8]);
}

broken! {
    /// Sends a message to the node before it as well, and takes the right answer.
    TellsOthers { last: Mutex<Option<InstanceUrl>> = Mutex::default() }
    exchange(this, to, message) {
        let last = this.last.lock().unwrap().replace(to.clone());
        if let Some(last) = last.filter(|_| !message.is_empty()) {
            let _ = tokio::time::timeout(Duration::from_millis(1), this.network.exchange(&last, message)).await;
        }
        this.network.exchange(to, message).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_tells_others_does_not_keep_exchanges_apart() {
    assert_eq!(violated(TellsOthers::over).await, [8]);
}

broken! {
    /// Takes nobody for somebody who has nothing to say.
    AnswersForNobody {}
    exchange(this, to, message) {
        match this.network.exchange(to, message).await {
            Err(InProcessError::Unreachable) => Ok(Vec::new()),
            answer => answer,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_answers_for_nobody_gives_no_error() {
    assert_eq!(violated(AnswersForNobody::over).await, [9]);
}

broken! {
    /// Looks at the body of a response, and not at its status.
    SwallowsFailures {}
    exchange(this, to, message) {
        match this.network.exchange(to, message).await {
            Err(InProcessError::Failed) => Ok(Vec::new()),
            answer => answer,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_swallows_failures_gives_no_error() {
    assert_eq!(violated(SwallowsFailures::over).await, [9]);
}

/// Remembers an instance, and not at which URL it was.
struct Remembers {
    network: InProcess,
    found: Mutex<Option<Instance>>,
    /// Whether it asks before it looks for what it remembers.
    asks: bool,
}

impl Transport for Remembers {
    type Error = InProcessError;

    async fn discover(&self, url: &InstanceUrl) -> Result<Instance, InProcessError> {
        let known = self.found.lock().unwrap().clone();
        let found = match known {
            Some(known) if !self.asks => return Ok(known),
            Some(known) => self.network.discover(url).await.unwrap_or(known),
            None => self.network.discover(url).await?,
        };
        *self.found.lock().unwrap() = Some(found.clone());
        Ok(found)
    }

    async fn exchange(&self, to: &InstanceUrl, message: &[u8]) -> Answer {
        self.network.exchange(to, message).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_takes_every_instance_for_the_first_does_not_discover_who_is_there() {
    let remembers = |network| Remembers { network, found: Mutex::default(), asks: false };
    assert_eq!(violated(remembers).await, [10]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_takes_nobody_for_the_last_instance_does_not_discover_who_is_there() {
    let remembers = |network| Remembers { network, found: Mutex::default(), asks: true };
    assert_eq!(violated(remembers).await, [10]);
}

broken! {
    /// Never works.
    AlwaysFails {}
    exchange(_this, _to, _message) {
        Err(InProcessError::Failed)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_always_fails_keeps_no_rule() {
    assert_eq!(violated(AlwaysFails::over).await, [1, 5, 6, 7, 8, 9, 10]);
}

broken! {
    /// Never gets so far as to fail.
    AlwaysPanics {}
    exchange(_this, _to, _message) {
        panic!("not implemented")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_always_panics_keeps_no_rule() {
    assert_eq!(violated(AlwaysPanics::over).await, [1, 5, 6, 7, 8, 9, 10]);
}
