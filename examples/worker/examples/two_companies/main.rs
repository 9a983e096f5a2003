//! Two companies in one process: nobody can call the first, so its worker fetches each acceptance, and both get active,
//! although the network delivers some messages twice. Run it with
//!
//! ```sh
//! cargo run -p handclasp-worker --example two_companies
//! ```
//!
//! It ends by itself within seconds, prints what was counted, and fails if the companies did not connect.
//!
//! - `counters`: how metrics are made of the worker's events. **To be copied.**

mod counters;

use std::error::Error;
use std::time::Duration;

use handclasp::{
    Ask, ConnectionForm, ConnectionId, ConnectionMode, Fault, InProcess, Instance, InstanceUid, InstanceUrl,
    KnownPlatform, MemoryStore, ModeSet, Node, Reachability, Status,
};
use handclasp_worker::{Handle, Pace, Worker};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tracing_subscriber::layer::SubscriberExt;

use counters::Counters;

type Company = Node<MemoryStore, InProcess>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let counters = Counters::default();
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(counters.clone()))?;

    let network = InProcess::new();
    let salesforce = company(&network, "salesforce-1", KnownPlatform::Salesforce, Reachability::Private)?;
    let jira = company(&network, "jira-1", KnownPlatform::JiraCloud, Reachability::Public)?;
    let workers = [beside(&salesforce), beside(&jira)];

    let mut ids = Vec::new();
    for number in 1..=CONNECTIONS {
        let (id, code) = invite(&salesforce).await?;
        accept(&jira, &code).await?;
        // What a page does after each change, so that nobody waits for the worker to find it.
        let [(ours, ..), (theirs, ..)] = &workers;
        network.inject(if number % 4 == 0 { Fault::Repeat } else { Fault::None });
        ours.look_at(id);
        theirs.look_at(id);
        ids.push(id);
    }
    let connected = timeout(PATIENCE, all_active(&salesforce, &jira, &ids)).await;

    for (_, stop, task) in workers {
        drop(stop);
        task.await?;
    }
    print!("{counters}");
    connected.map_err(|_| "the companies did not connect in time")??;
    println!("{CONNECTIONS} connections, all of them active on both sides");
    Ok(())
}

const CONNECTIONS: usize = 20;

const PATIENCE: Duration = Duration::from_secs(10);

/// A worker beside a company: how to tell it something, what stops it when it is dropped, and its task.
fn beside(company: &Company) -> (Handle, oneshot::Sender<()>, JoinHandle<()>) {
    let worker = Worker::new(company.clone()).with_pace(Pace::default());
    let handle = worker.handle();
    let (stop, stopped) = oneshot::channel();
    (handle, stop, tokio::spawn(worker.run(async move { stopped.await.unwrap_or_default() })))
}

/// Waits until both sides of all connections are active, and know it of each other.
async fn all_active(
    source: &Company,
    destination: &Company,
    ids: &[ConnectionId],
) -> Result<(), Box<dyn Error>> {
    for id in ids {
        for side in [source, destination] {
            while side.get(*id).await?.ok_or("it was stored")?.status != (Status::Active { confirmed: true })
            {
                sleep(Duration::from_millis(20)).await;
            }
        }
    }
    Ok(())
}

fn company(
    network: &InProcess,
    uid: &str,
    platform: KnownPlatform,
    reachability: Reachability,
) -> Result<Company, Box<dyn Error>> {
    let url = InstanceUrl::parse(&format!("https://{uid}.example.com"))?;
    let instance = Instance::builder(InstanceUid::parse(uid)?, platform).licences(ModeSet::ALL);
    let instance = match reachability {
        Reachability::Private => instance.tracker_url(url).reachability(Reachability::Private),
        Reachability::Public => instance.node_url(url),
    };
    let node = Node::builder(instance.build()?, MemoryStore::new(), network.clone()).build();
    node.attach_to(network);
    Ok(node)
}

async fn invite(source: &Company) -> Result<(ConnectionId, String), Box<dyn Error>> {
    let wizard = source.start("jira-1.example.com").await?.choose_mode(ConnectionMode::Script)?;
    let form = answered(wizard.form(), wizard.asks());
    let wizard = source.initiate(wizard.fill(form)?)?;
    source.submit(&wizard).await?;
    Ok((wizard.id(), wizard.hand_over().code().ok_or("a remote connection has a code")?.expose().to_owned()))
}

async fn accept(destination: &Company, code: &str) -> Result<(), Box<dyn Error>> {
    let preview = destination.preview(code).await?;
    let form = answered(preview.form(), preview.asks());
    destination.accept(&preview, &form).await?;
    Ok(())
}

fn answered(mut form: ConnectionForm, asks: &[Ask]) -> ConnectionForm {
    if asks.contains(&Ask::IncomingProject) {
        form.incoming_project = "SUPPORT".to_owned();
    }
    form
}
