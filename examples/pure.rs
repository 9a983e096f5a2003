//! The whole handshake by hand: no store, no transport, no async. Each arrow is a plain function.
//!
//! Run it with `cargo run --example pure`.

use handclasp::{
    ConnectionId, ConnectionMode, Entropy, Instance, InstanceUid, InstanceUrl, Invitation, KnownPlatform,
    ModeSet, Preview, Terms, Timestamp, UrlPolicy, Wizard, handshake,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let salesforce = Instance::builder(InstanceUid::parse("00D5g000004Tn1")?, KnownPlatform::Salesforce)
        .node_url(InstanceUrl::parse("https://salesforce.exalate.example.com")?)
        .licences(ModeSet::ALL)
        .build()?;
    let jira = Instance::builder(InstanceUid::parse("jira-7f3a9c")?, KnownPlatform::JiraCloud)
        .node_url(InstanceUrl::parse("https://jira.exalate.example.com")?)
        .licences(ModeSet::ALL)
        .build()?;
    let policy = UrlPolicy::public();

    // Source: walk the wizard, store the record, hand over the code.
    let id = ConnectionId::new(Timestamp::now(), Entropy::generate()?);
    let entered = InstanceUrl::parse("jira.exalate.example.com")?;
    let wizard = Wizard::start(salesforce.clone(), Terms::new(policy), id, entered, jira.clone())?;
    let wizard = wizard.choose_mode(ConnectionMode::Script)?;
    let form = wizard.form();
    let (pending, hand_over) =
        wizard.fill(form)?.initiate(Timestamp::now(), Entropy::generate()?).into_parts();
    let code = hand_over.code().ok_or("a remote connection has a code")?;
    println!("source       {}, a code of {} characters", pending.phase().code(), code.expose().len());

    // Destination: read the code, look at it, accept it. Store the record, then send the message.
    let invitation = Invitation::read(code.expose())?;
    let preview = Preview::new(invitation.clone(), &jira, policy).at(Timestamp::now());
    println!("preview      {} invites into mode {}", invitation.source_uid(), invitation.mode());
    let mut form = preview.form();
    form.incoming_project = "SUPPORT".to_owned();
    let accepted =
        handshake::accept(&invitation, &form, &jira, policy, Timestamp::now(), Entropy::generate()?)?;
    let (accepting, request) =
        (accepted.connection().ok_or("a record")?, accepted.message().ok_or("a message")?);
    println!("destination  {}, sends {} bytes", accepting.phase().code(), request.len());

    // Source: answer. Store the record, then send the reply.
    let answered =
        handshake::answer(Some(&pending), request, &salesforce, Timestamp::now(), Entropy::generate()?);
    let (source, reply) = (answered.connection().ok_or("a record")?, answered.message().ok_or("a reply")?);
    println!("source       {}, replies {} bytes", source.status(Timestamp::now()), reply.len());

    // Had the reply been lost: the same request gets the same reply, byte for byte.
    let again = handshake::answer(Some(source), request, &salesforce, Timestamp::now(), Entropy::generate()?);
    assert!(again.message() == Some(reply) && again.connection().is_none());

    // Destination: conclude. Store the record, then send the report that confirms it.
    let concluded =
        handshake::conclude(accepting, request, reply, &jira, Timestamp::now(), Entropy::generate()?)?;
    let (destination, report) =
        (concluded.connection().ok_or("a record")?, concluded.message().ok_or("a report")?);
    println!("destination  {}, reports {} bytes", destination.status(Timestamp::now()), report.len());

    // Source: take note of the report. Now each side knows that the other knows.
    let confirmed =
        handshake::answer(Some(source), report, &salesforce, Timestamp::now(), Entropy::generate()?);
    let source = confirmed.connection().ok_or("a record")?;
    println!("source       {}", source.status(Timestamp::now()));

    let (ours, theirs) = (source.comparison().ok_or("active")?, destination.comparison().ok_or("active")?);
    println!("both compare {ours} and {theirs}");
    assert_eq!(ours, theirs);
    Ok(())
}
