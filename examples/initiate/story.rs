//! What the two admins do, in order. Everything here would be a handler of a screen in an application.

use handclasp::{
    AcceptInvitationError, AcceptanceLink, Accepted, ActorName, AdminAccess, AdminEvidence, Ask,
    ChooseModeError, ConnectionForm, ConnectionView, Destination, EnterUrlReason, FormError, FormField,
    HandOver, InProcess, InfoFilled, Initiated, ListQuery, ModeChosen, Status, Submitted, Timestamp,
    UrlEntered, Wizard,
};

use crate::Stop;
use crate::flags::{Flags, Typed};
use crate::layout::{Page, as_quoted_mail};
use crate::screens::{Screens, whose};
use crate::sides::Side;

/// The companies on the two sides.
pub(crate) const SOURCE: &str = "Globex";
pub(crate) const DESTINATION: &str = "Acme";

/// Tells the whole story, and gives it as text.
pub(crate) async fn tell(flags: &Flags) -> Result<String, Stop> {
    let network = InProcess::new();
    let source = Side::attached_to(&network, SOURCE, flags.source, "Ada Lovelace")?;
    let destination = Side::attached_to(&network, DESTINATION, flags.destination, "Grace Hopper")?;
    let mut page = Page::default();

    let wizard = initiate(flags, &source, &destination, &mut page).await?;
    // Store first; only then is there something to hand over.
    let submitted = source.node.submit(&wizard).await?;
    if flags.code_only {
        return code_only(&submitted);
    }
    let (destination, text) = match submitted.hand_over {
        HandOver::Nothing => {
            show_connections(&source, &mut page).await?;
            page.closing(
                "The connection is Active at once: both ends are this instance, so nobody is invited.",
            );
            return Ok(page.into_text());
        }
        HandOver::Code(code) => {
            let text = as_quoted_mail(code.expose());
            send_code(&submitted, &text, &source, &destination, &mut page).await?;
            (destination, text)
        }
        HandOver::AcceptanceLink(link) => {
            let destination = destination.used_by(&source.admin);
            (destination.clone(), open_link(&submitted, link, &source, &destination, &mut page).await?)
        }
    };
    accept(&text, &destination, &mut page).await?;
    compare(&submitted.connection, &source, &destination, &mut page).await?;
    Ok(page.into_text())
}

/// The source's admin walks the wizard.
async fn initiate(
    flags: &Flags,
    source: &Side,
    destination: &Side,
    page: &mut Page,
) -> Result<Wizard<Initiated>, Stop> {
    show_connections(source, page).await?;
    let mut screens = Screens { page, side: source };
    screens.action("chooses Initiate connection.");
    let wizard = enter_destination(flags, destination, &mut screens).await?;
    let wizard = choose_mode(flags, wizard, &mut screens)?;
    let wizard = fill_in(flags, wizard, &mut screens)?;
    Ok(source.node.initiate(wizard)?)
}

async fn enter_destination(
    flags: &Flags,
    destination: &Side,
    screens: &mut Screens<'_>,
) -> Result<Wizard<UrlEntered>, Stop> {
    let node = &screens.side.node;
    let Typed::Url(text) = &flags.typed else {
        screens.destination_url(None);
        screens.action("has no URL of the other side, and chooses Next.");
        return Ok(node.start_without_url()?);
    };
    screens.destination_url(Some(text));
    screens.action("enters the URL, and chooses Next.");
    let wizard = node.start(text).await.map_err(|error| {
        let known = || screens.side.hosts().chain(destination.hosts()).collect::<Vec<_>>().join(", ");
        match error.reason() {
            EnterUrlReason::Discovery(_) => {
                Stop::Usage(format!("--url: nobody answers at {text:?}; here are {}", known()))
            }
            reason => Stop::Usage(format!("--url: {reason}")),
        }
    })?;
    screens.discovered(text, &wizard);
    screens.action("chooses Next.");
    Ok(wizard)
}

fn choose_mode(
    flags: &Flags,
    wizard: Wizard<UrlEntered>,
    screens: &mut Screens<'_>,
) -> Result<Wizard<ModeChosen>, Stop> {
    screens.modes(&wizard, None);
    screens.action(&format!("chooses {}, and Next.", flags.mode));
    wizard.choose_mode(flags.mode).map_err(|error| Stop::Usage(unavailable(error, screens.side)))
}

fn fill_in(
    flags: &Flags,
    wizard: Wizard<ModeChosen>,
    screens: &mut Screens<'_>,
) -> Result<Wizard<InfoFilled>, Stop> {
    let mut intended = intended(flags, &wizard)?;
    let wizard = make_a_mistake(&intended, wizard, screens)?;
    let wizard = look_back(&intended, wizard, screens)?;
    let is_last = wizard.asks() == [Ask::Information];
    screens.information(&wizard.form(), None, is_last);
    if is_last {
        screens.action("finds everything still there, and chooses Initiate.");
    } else {
        screens.action("finds everything still there, and chooses Next.");
        answer(flags, wizard.asks(), &screens.side.admin, &mut intended);
        screens.questions(&intended, wizard.asks());
        screens.action("answers, and chooses Initiate.");
    }
    Ok(wizard.fill(intended)?)
}

/// The form as the admin means it: what is suggested, and what the flags say instead.
fn intended(flags: &Flags, wizard: &Wizard<ModeChosen>) -> Result<ConnectionForm, Stop> {
    if flags.admin.is_some() && !wizard.asks().contains(&Ask::AdminAccess) {
        let when = "is asked only in Basic mode, with the URL of another instance";
        return Err(Stop::Usage(format!("--admin: admin access {when}")));
    }
    let mut form = wizard.form();
    form.description = "Escalations from support to engineering".to_owned();
    let fields = [
        (&mut form.source_short_name, &flags.source_name),
        (&mut form.destination_short_name, &flags.destination_name),
        (&mut form.name, &flags.name),
        (&mut form.description, &flags.description),
    ];
    for (field, flag) in fields {
        if let Some(text) = flag {
            field.clone_from(text);
        }
    }
    form.check(&[Ask::Information]).map_err(|errors| Stop::Usage(by_flag(&errors)))?;
    Ok(form)
}

/// Fills the form in, not quite right at first: all that is wrong is shown at once, and nothing is lost.
fn make_a_mistake(
    intended: &ConnectionForm,
    wizard: Wizard<ModeChosen>,
    screens: &mut Screens<'_>,
) -> Result<Wizard<ModeChosen>, Stop> {
    let is_last = wizard.asks() == [Ask::Information];
    let button = if is_last { "Initiate" } else { "Next" };
    screens.information(&wizard.form(), None, is_last);
    screens.action(&format!("describes the connection, pastes its name from a table, by mistake types the same short name twice, and chooses {button}."));
    let mut mistaken = intended.clone();
    mistaken.destination_short_name.clone_from(&mistaken.source_short_name);
    mistaken.name.insert_str(0, "1.\t");
    let Err(error) = wizard.fill(mistaken) else { return Err("the mistake was not noticed".into()) };
    screens.information(&error.form(), Some(error.errors()), is_last);
    screens.action("corrects both, and looks back first: Previous.");
    Ok(error.into_wizard())
}

/// Goes back and forth again: the mode and everything typed are still there.
fn look_back(
    intended: &ConnectionForm,
    mut wizard: Wizard<ModeChosen>,
    screens: &mut Screens<'_>,
) -> Result<Wizard<ModeChosen>, Stop> {
    wizard.remember(intended.clone());
    let mode = wizard.mode();
    let wizard = wizard.previous();
    screens.modes(&wizard, wizard.chosen_before());
    screens.action(&format!("finds {mode} still chosen, and chooses Next."));
    Ok(wizard.choose_mode(mode)?)
}

/// Answers what the mode and the platform ask besides the information.
fn answer(flags: &Flags, asks: &[Ask], admin: &ActorName, form: &mut ConnectionForm) {
    for ask in asks {
        match ask {
            Ask::IncomingProject => form.incoming_project = "ESCALATIONS".to_owned(),
            Ask::AdminAccess if flags.admin == Some(true) => form.admin_access = Some(AdminAccess::Claimed),
            Ask::AdminAccess => form.admin_access = Some(AdminAccess::No),
            // An application would let the person sign in at the destination, and record that.
            Ask::AdminEvidence => {
                let evidence = AdminEvidence::new(admin.clone(), Timestamp::now());
                form.admin_access = Some(AdminAccess::Verified(evidence));
            }
            _ => {}
        }
    }
}

/// The code is sent to somebody else, and pasted as it arrived.
async fn send_code(
    submitted: &Submitted<'_>,
    arrived: &str,
    source: &Side,
    destination: &Side,
    page: &mut Page,
) -> Result<(), Stop> {
    let mut screens = Screens { page, side: source };
    screens.invitation(submitted);
    screens.action("chooses Copy invitation code, mails it to the other side, and chooses Done.");
    show_connections(source, page).await?;
    show_connections(destination, page).await?;
    let mut screens = Screens { page, side: destination };
    screens.action("chooses Accept invitation.");
    screens.accept(arrived);
    screens.action("pastes the code as it came by mail, and chooses Next.");
    Ok(())
}

/// The same person opens the link: the page there finds the code behind the `#`, and gives it.
async fn open_link(
    submitted: &Submitted<'_>,
    link: &AcceptanceLink,
    source: &Side,
    destination: &Side,
    page: &mut Page,
) -> Result<String, Stop> {
    let mut screens = Screens { page, side: source };
    screens.invitation(submitted);
    screens.action("opens the link with Go to remote, and chooses Done here.");
    show_connections(source, page).await?;
    let (_, fragment) = link.expose().split_once('#').ok_or("the link holds no code")?;
    let mut screens = Screens { page, side: destination };
    screens.accept(fragment);
    screens.action("finds the code that the link has brought, and chooses Next.");
    Ok(fragment.to_owned())
}

/// The destination's admin looks at the invitation, and accepts it.
async fn accept(text: &str, destination: &Side, page: &mut Page) -> Result<(), Stop> {
    let preview = destination.node.preview(text).await?;
    let mut screens = Screens { page, side: destination };
    let mut form = preview.form();
    if preview.asks().contains(&Ask::IncomingProject) {
        form.incoming_project = "SUPPORT".to_owned();
    }
    screens.preview(&preview, &form);
    screens.action("chooses Accept.");
    match destination.node.accept(&preview, &form).await {
        Ok(Accepted::Active(_)) => show_connections(destination, page).await,
        Ok(other) => Err(format!("the connection is {}", other.connection().status).into()),
        Err(AcceptInvitationError::Obstacles { obstacles }) => {
            let obstacles = bullets(obstacles.iter().map(ToString::to_string));
            let (mode, title) = (preview.invitation().mode(), destination.instance().platform().title());
            let code = mode.code();
            Err(Stop::Usage(format!("--mode {code}: {title} cannot accept this invitation:{obstacles}")))
        }
        Err(error) => Err(error.into()),
    }
}

/// The source's admin refreshes; both sides must be Active with the same comparison string.
async fn compare(
    initiated: &ConnectionView,
    source: &Side,
    destination: &Side,
    page: &mut Page,
) -> Result<(), Stop> {
    let refreshed = source.node.refresh(initiated.id).await?.connection;
    page.action(&format!("Back at {}, {} chooses Refresh.", source.company, source.first_name()));
    show_connections(source, page).await?;
    let accepted = destination.node.get(initiated.id).await?.ok_or("the destination has no connection")?;
    let active = Status::Active { confirmed: true };
    match (refreshed.comparison, accepted.comparison) {
        (Some(ours), Some(theirs))
            if ours == theirs && [refreshed.status, accepted.status] == [active; 2] =>
        {
            page.closing(&format!("Both sides are Active, and their comparison strings are equal: {ours}"));
            Ok(())
        }
        _ => Err("the two sides do not agree".into()),
    }
}

async fn show_connections(side: &Side, page: &mut Page) -> Result<(), Stop> {
    let connections = side.node.list(&ListQuery::newest_first()).await?;
    Screens { page, side }.connections(&connections.items);
    Ok(())
}

/// Just the code, for a script that does something with it.
fn code_only(submitted: &Submitted<'_>) -> Result<String, Stop> {
    let none =
        || Stop::Usage("--code-only: a local connection is Active at once, and has no code".to_owned());
    let code = submitted.hand_over.code().ok_or_else(none)?;
    Ok(format!("{}\n", code.expose()))
}

/// Why a mode cannot be chosen: every reason, with the side on which it can be changed.
fn unavailable(error: ChooseModeError, side: &Side) -> String {
    let (mode, local) = (error.mode(), side.title());
    let (wizard, reasons) = error.into_parts();
    let remote = wizard.destination().remote();
    let other = match wizard.destination() {
        Destination::Remote(remote) => remote.platform().title(),
        Destination::Local => "itself",
        _ => "an unknown destination",
    };
    let reasons = bullets(
        reasons.iter().map(|reason| format!("{}: {}", whose(reason.side, local, remote), reason.kind)),
    );
    format!("--mode {}: {mode} is not available from {local} to {other}:{reasons}", mode.code())
}

fn bullets(items: impl Iterator<Item = String>) -> String {
    items.flat_map(|item| ["\n  - ".to_owned(), item]).collect()
}

/// What is wrong, by the flags that say it.
fn by_flag(errors: &FormError) -> String {
    let lines: Vec<_> = errors
        .errors()
        .iter()
        .map(|error| {
            let flag = match error.field {
                FormField::SourceShortName => "--source-name",
                FormField::DestinationShortName => "--destination-name",
                FormField::ConnectionName => "--name",
                FormField::Description => "--description",
                other => other.code(),
            };
            format!("{flag}: {}", error.message())
        })
        .collect();
    lines.join("\nerror: ")
}
