//! What happens, section by section. Each call to a `node` would be a handler of a button, of a timer, or of a request.

use handclasp::{
    Accepted, ConnectionId, ConnectionMode, ConnectionView, Fault, InProcess, KnownPlatform, Status,
};

use crate::layout::Page;
use crate::sides::{Done, Side, Stop, code};

/// Tells the whole story, and gives it as text.
pub(crate) async fn tell() -> Result<String, Stop> {
    let network = InProcess::new();
    let salesforce =
        Side::new(&network, "Salesforce", KnownPlatform::Salesforce, "connect.globex.example.com", "Ada")?;
    let jira = Side::new(&network, "Jira", KnownPlatform::JiraCloud, "connect.acme.example.com", "Grace")?;
    let mut page = Page::default();

    let id = lost_reply(&network, &salesforce, &jira, &mut page).await?;
    let (salesforce, jira) = restart(id, salesforce, jira, &mut page).await?;
    new_invitation(&salesforce, &jira, &mut page).await?;
    declined(&salesforce, &jira, &mut page).await?;
    approved(&salesforce, &jira, &mut page).await?;
    off_and_on(id, &salesforce, &jira, &mut page).await?;
    cloned(&salesforce, &jira, &mut page).await?;
    removed(id, &salesforce, &jira, &mut page).await?;
    audit(id, &salesforce, &mut page).await?;
    Ok(page.into_text())
}

/// A reply is lost, and the same acceptance is sent again.
async fn lost_reply(
    network: &InProcess,
    salesforce: &Side,
    jira: &Side,
    page: &mut Page,
) -> Result<ConnectionId, Stop> {
    page.section("A reply is lost, and the acceptance is sent again");
    let (id, code) = salesforce.invite(jira, ConnectionMode::Script).await?;
    show(page, salesforce, "Ada invites Jira", &salesforce.connection(id).await?);

    network.inject(Fault::LoseReply);
    let Accepted::Retry { connection, retry } = jira.accept(&code).await? else {
        return Err("the reply was not lost".into());
    };
    show(page, jira, "Grace accepts, and the reply is lost", &connection);
    page.note(&format!("{}; again in {} seconds", retry.why, retry.after.as_secs()));
    show(
        page,
        salesforce,
        "has confirmed, and has not heard that it arrived",
        &salesforce.connection(id).await?,
    );

    // In a program, a timer refreshes when `next_refresh` says so.
    let refreshed = jira.node.refresh(id).await?;
    show(page, jira, "refreshes, and gets the same answer", &refreshed.connection);
    let both = both(id, salesforce, jira).await?;
    show(page, salesforce, "has heard", &both.0);
    page.note(&format!("both compare: {}", compared(&both)?));
    Ok(id)
}

/// Both programs end, and go on with what is on their disks.
async fn restart(
    id: ConnectionId,
    salesforce: Side,
    jira: Side,
    page: &mut Page,
) -> Result<(Side, Side), Stop> {
    page.section("Both programs end, and begin again");
    let before = compared(&both(id, &salesforce, &jira).await?)?;
    let mut begun = Vec::new();
    for side in [salesforce, jira] {
        let (records, bytes) = side.disk_size();
        let side = side.restarted();
        let refreshed = side.node.refresh(id).await?;
        show(
            page,
            &side,
            &format!("reads {records} record of {bytes} bytes, and refreshes"),
            &refreshed.connection,
        );
        begun.push(side);
    }
    let [salesforce, jira] = <[Side; 2]>::try_from(begun).map_err(|_| "there are two sides")?;
    ensure(compared(&both(id, &salesforce, &jira).await?)? == before, "another secret after the restart")?;
    page.note(&format!("both still compare: {before}"));
    Ok((salesforce, jira))
}

/// The code was lost in the mail, so another one takes its place.
async fn new_invitation(salesforce: &Side, jira: &Side, page: &mut Page) -> Result<(), Stop> {
    page.section("The code is lost, and a new invitation takes its place");
    let (id, lost) = salesforce.invite(jira, ConnectionMode::Script).await?;
    show(page, salesforce, "Ada invites Jira", &salesforce.connection(id).await?);
    let wizard = salesforce.node.reissue(id).await?;
    show(page, salesforce, "Ada reissues the invitation", &salesforce.connection(id).await?);
    show(page, salesforce, "the new one", &salesforce.connection(wizard.id()).await?);

    let Accepted::Refused { connection, .. } = jira.accept(&lost).await? else {
        return Err("the old code was accepted".into());
    };
    show(page, jira, "Grace finds the old code, and accepts", &connection);
    let accepted = jira.accept(&code(&wizard)?).await?;
    show(page, jira, "Grace accepts the new code", accepted.connection());
    compared(&both(wizard.id(), salesforce, jira).await?)?;
    Ok(())
}

/// The invited side does not want to.
async fn declined(salesforce: &Side, jira: &Side, page: &mut Page) -> Result<(), Stop> {
    page.section("An invitation is declined");
    let (id, code) = salesforce.invite(jira, ConnectionMode::Script).await?;
    show(page, salesforce, "Ada invites Jira", &salesforce.connection(id).await?);
    let declined = jira.decline(&code).await?;
    show(page, jira, "Grace declines", &declined.connection);
    show(page, salesforce, "has been told", &salesforce.connection(id).await?);
    ensure(declined.connection.acknowledged, "the withdrawal was not acknowledged")
}

/// The source's admin looks at who has accepted before anything begins.
async fn approved(salesforce: &Side, jira: &Side, page: &mut Page) -> Result<(), Stop> {
    page.section("Somebody has to approve");
    let salesforce = salesforce.approving();
    let (id, code) = salesforce.invite(jira, ConnectionMode::Script).await?;
    show(page, &salesforce, "Ada invites Jira", &salesforce.connection(id).await?);
    let accepted = jira.accept(&code).await?;
    show(page, jira, "Grace accepts", accepted.connection());
    let asked = salesforce.connection(id).await?;
    show(page, &salesforce, "asks Ada", &asked);
    let applicant = asked.applicant.as_ref().ok_or("nobody has accepted")?;
    let host = applicant.host().unwrap_or("nowhere that can be called");
    page.note(&format!("it is {}, at {host}", applicant.instance.uid()));
    let approved = salesforce.node.approve(id).await?;
    show(page, &salesforce, "Ada approves", &approved.connection);
    show(page, jira, "has been told", &jira.connection(id).await?);
    compared(&both(id, &salesforce, jira).await?)?;
    Ok(())
}

/// Each side switches it off and on for itself; it works while both have it on.
async fn off_and_on(id: ConnectionId, salesforce: &Side, jira: &Side, page: &mut Page) -> Result<(), Stop> {
    page.section("Each side switches the connection off and on");
    let off = salesforce.node.deactivate(id).await?;
    told(page, salesforce, "Ada deactivates it", &off, jira).await?;
    let refused = jira.node.derive_key(id, "webhooks").await.err().ok_or("a key while it is off")?;
    page.note(&format!("no key for webhooks: {}", refused.code()));
    let off = jira.node.deactivate(id).await?;
    told(page, jira, "Grace deactivates it", &off, salesforce).await?;
    let on = salesforce.node.activate(id).await?;
    told(page, salesforce, "Ada activates it", &on, jira).await?;
    let on = jira.node.activate(id).await?;
    told(page, jira, "Grace activates it", &on, salesforce).await?;
    let keys = [salesforce, jira].map(|side| async move { side.node.derive_key(id, "webhooks").await });
    let [ours, theirs] = keys;
    ensure(ours.await?.expose_bytes() == theirs.await?.expose_bytes(), "two keys")?;
    page.note("both have the same key for webhooks");
    Ok(())
}

/// A copy of the other side's machine speaks for it, too.
async fn cloned(salesforce: &Side, jira: &Side, page: &mut Page) -> Result<(), Stop> {
    page.section("A clone of the other side is noticed");
    let (id, code) = salesforce.invite(jira, ConnectionMode::Script).await?;
    let accepted = jira.accept(&code).await?;
    show(page, jira, "Grace accepts another invitation", accepted.connection());
    let clone = jira.cloned_to("its clone", "connect.acme-test.example.com")?;
    let reported = clone.node.refresh(id).await?;
    show(page, &clone, "refreshes, from another address", &reported.connection);
    let seen = salesforce.connection(id).await?;
    show(page, salesforce, &warned(&seen), &seen);

    // Nothing goes to the new address: the old one is asked, and answers.
    let seen = salesforce.node.refresh(id).await?.connection;
    show(page, salesforce, "refreshes, and the old address answers", &seen);
    for warning in &seen.warnings {
        page.note(&warning.to_string());
    }
    let security = seen.events.iter().filter(|event| event.kind.is_security());
    let security: Vec<_> = security.map(|event| event.kind.code()).collect();
    page.note(&format!("for security people: {}", security.join(", ")));
    let removed = salesforce.node.remove(id).await?;
    show(page, salesforce, "Ada removes that connection", &removed.connection);
    Ok(())
}

/// One side removes it, and invites the other again in another mode.
async fn removed(id: ConnectionId, salesforce: &Side, jira: &Side, page: &mut Page) -> Result<(), Stop> {
    page.section("The connection is removed, and there is a new invitation");
    let removed = jira.node.remove(id).await?;
    told(page, jira, "Grace removes the first connection", &removed, salesforce).await?;
    let refused = jira.node.activate(id).await.err().ok_or("it was activated")?;
    page.note(&format!("to activate it again is not possible: {refused}"));
    let refused = jira.node.purge(id).await.err().ok_or("it was forgotten")?;
    page.note(&format!("to forget it is not possible yet: {refused}"));

    let (again, code) = jira.invite_again(id, ConnectionMode::Basic).await?;
    show(page, jira, "Grace invites Salesforce, this time in Basic", &jira.connection(again).await?);
    let accepted = salesforce.accept(&code).await?;
    show(page, salesforce, "Ada accepts", accepted.connection());
    compared(&both(again, jira, salesforce).await?)?;
    Ok(())
}

/// The trail that is left of the first connection.
async fn audit(id: ConnectionId, salesforce: &Side, page: &mut Page) -> Result<(), Stop> {
    page.section("What happened to the first connection, as Salesforce has it");
    for event in salesforce.connection(id).await?.events {
        page.note(&format!("{:>2}  {:<14}  {}", event.number, event.actor.to_string(), event.kind));
    }
    Ok(())
}

/// A decision, and what it means on the other side.
async fn told(page: &mut Page, side: &Side, text: &str, done: &Done, other: &Side) -> Result<(), Stop> {
    show(page, side, text, &done.connection);
    ensure(done.retry.is_none() && done.connection.acknowledged, "the other side was not told")?;
    show(page, other, "has been told", &other.connection(done.connection.id).await?);
    Ok(())
}

fn show(page: &mut Page, side: &Side, text: &str, connection: &ConnectionView) {
    let status = match connection.status {
        Status::Closed { reason } => format!("Closed: {reason}"),
        status => status.to_string(),
    };
    page.step(side.name, text, &status);
}

/// What an admin should look at.
fn warned(connection: &ConnectionView) -> String {
    let warnings: Vec<_> = connection.warnings.iter().map(|warning| warning.code()).collect();
    format!("shows a warning: {}", warnings.join(", "))
}

/// The connection on both sides.
async fn both(
    id: ConnectionId,
    source: &Side,
    destination: &Side,
) -> Result<(ConnectionView, ConnectionView), Stop> {
    Ok((source.connection(id).await?, destination.connection(id).await?))
}

/// The comparison string, which must be the same on both sides, and both active.
fn compared((source, destination): &(ConnectionView, ConnectionView)) -> Result<String, Stop> {
    let active = Status::Active { confirmed: true };
    ensure([source.status, destination.status] == [active; 2], "the sides are not both active")?;
    let ours = source.comparison.as_ref().ok_or("no comparison string")?;
    ensure(destination.comparison.as_ref() == Some(ours), "the two sides do not agree")?;
    Ok(ours.to_string())
}

/// Stops the story where it goes wrong.
fn ensure(is_so: bool, otherwise: &'static str) -> Result<(), Stop> {
    if is_so { Ok(()) } else { Err(otherwise.into()) }
}
