//! Random walks through the wizard: whatever a person does, it reports what a small model of it says.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail like a test")]

mod support;

use handclasp::{
    AdminAccess, AnyWizard, ConnectionForm, ConnectionMode, Draft, HandOver, Instance, KnownPlatform,
    StepKind, Terms, Wizard,
};
use proptest::prelude::*;
use support::{built, entropy, id, now, public, verified};

/// What a person can do.
#[derive(Clone, Debug)]
enum Act {
    Choose(ConnectionMode),
    Remember(ConnectionForm),
    Fill(ConnectionForm),
    Previous,
    SaveAsText,
    SaveAsBytes,
}

/// What the wizard should report.
#[derive(Debug)]
struct Model {
    local: Instance,
    step: StepKind,
    mode: Option<ConnectionMode>,
    /// What was typed last, if anything was.
    typed: Option<ConnectionForm>,
    /// What is offered, and does not change on the way.
    offered: Vec<ConnectionMode>,
    suggestion: ConnectionForm,
}

impl Model {
    /// One act: where it leads, and what stays. Acts that make no sense at a step cannot be written.
    fn act(&mut self, act: &Act) {
        use StepKind::{InfoFilled, Initiated, ModeChosen, UrlEntered};
        match (self.step, act) {
            (UrlEntered, Act::Choose(mode)) if self.offered.contains(mode) => {
                (self.step, self.mode) = (ModeChosen, Some(*mode));
            }
            (ModeChosen, Act::Remember(form)) => self.typed = Some(form.clone()),
            (ModeChosen, Act::Fill(form)) => {
                self.typed = Some(form.clone());
                self.step = if self.is_complete(form) { InfoFilled } else { ModeChosen };
            }
            (ModeChosen, Act::Previous) => self.step = UrlEntered,
            (InfoFilled, Act::Previous) => self.step = ModeChosen,
            (UrlEntered | ModeChosen | InfoFilled | Initiated, _) => {}
        }
    }

    /// The forms of these walks are invalid only by an empty or a control character, and by what is not answered.
    fn is_complete(&self, form: &ConnectionForm) -> bool {
        let projects = self.local.platform().capabilities().projects;
        let access = match self.mode {
            // A known destination offers every mode, and only there access is asked.
            Some(ConnectionMode::Basic) if self.offered.len() == 3 => form.admin_access.is_some(),
            Some(ConnectionMode::Visual) => matches!(form.admin_access, Some(AdminAccess::Verified(_))),
            _ => true,
        };
        let is_text = |text: &str| !text.is_empty() && !text.contains('\u{7}');
        is_text(&form.source_short_name)
            && is_text(&form.destination_short_name)
            && form.source_short_name != form.destination_short_name
            && is_text(&form.name)
            && (!projects || is_text(&form.incoming_project))
            && access
    }

    fn form(&self) -> &ConnectionForm {
        self.typed.as_ref().unwrap_or(&self.suggestion)
    }

    fn check(&self, wizard: &AnyWizard) -> Result<(), TestCaseError> {
        match wizard {
            AnyWizard::UrlEntered(wizard) => {
                prop_assert_eq!(wizard.kind(), self.step);
                prop_assert_eq!(wizard.chosen_before(), self.mode);
            }
            AnyWizard::ModeChosen(wizard) => {
                prop_assert_eq!(wizard.kind(), self.step);
                prop_assert_eq!(Some(wizard.mode()), self.mode);
                prop_assert_eq!(&wizard.form(), self.form());
            }
            AnyWizard::InfoFilled(wizard) => {
                prop_assert_eq!(wizard.kind(), self.step);
                prop_assert_eq!(Some(wizard.mode()), self.mode);
                prop_assert_eq!(wizard.info().name().as_str(), self.form().name.as_str());
                prop_assert_eq!(&wizard.clone().previous().form(), self.form());
            }
        }
        prop_assert_eq!(draft(wizard).id(), id(1));
        Ok(())
    }
}

fn draft(wizard: &AnyWizard) -> Draft {
    match wizard {
        AnyWizard::UrlEntered(wizard) => wizard.draft(),
        AnyWizard::ModeChosen(wizard) => wizard.draft(),
        AnyWizard::InfoFilled(wizard) => wizard.draft(),
    }
}

/// The same act on the wizard itself.
fn act(wizard: AnyWizard, act: &Act, local: &Instance) -> AnyWizard {
    let resumed = |draft: Draft| draft.resume(local, Terms::default()).unwrap();
    match (wizard, act) {
        (wizard, Act::SaveAsText) => {
            resumed(serde_json::from_str(&serde_json::to_string(&draft(&wizard)).unwrap()).unwrap())
        }
        (wizard, Act::SaveAsBytes) => {
            resumed(postcard::from_bytes(&postcard::to_stdvec(&draft(&wizard)).unwrap()).unwrap())
        }
        (AnyWizard::UrlEntered(wizard), Act::Choose(mode)) => match wizard.choose_mode(*mode) {
            Ok(wizard) => AnyWizard::ModeChosen(wizard),
            Err(error) => AnyWizard::UrlEntered(error.into_wizard()),
        },
        (AnyWizard::ModeChosen(mut wizard), Act::Remember(form)) => {
            wizard.remember(form.clone());
            AnyWizard::ModeChosen(wizard)
        }
        (AnyWizard::ModeChosen(wizard), Act::Fill(form)) => match wizard.fill(form.clone()) {
            Ok(wizard) => AnyWizard::InfoFilled(wizard),
            Err(error) => AnyWizard::ModeChosen(error.into_wizard()),
        },
        (AnyWizard::ModeChosen(wizard), Act::Previous) => AnyWizard::UrlEntered(wizard.previous()),
        (AnyWizard::InfoFilled(wizard), Act::Previous) => AnyWizard::ModeChosen(wizard.previous()),
        (wizard, _) => wizard,
    }
}

fn form() -> impl Strategy<Value = ConnectionForm> {
    let label = prop::sample::select(&["A", "B", "\u{1F91D}", "", "\u{7}"][..]);
    let text = || prop::sample::select(&["Name", "Other", "Third", "Fourth", "", "\u{7}"][..]);
    let access = prop::sample::select(vec![
        None,
        Some(AdminAccess::No),
        Some(AdminAccess::Claimed),
        Some(verified()),
        Some(verified()),
    ]);
    (label.clone(), label, text(), text(), access).prop_map(|(source, destination, name, project, access)| {
        let mut form = ConnectionForm::default();
        form.source_short_name = String::from(source);
        form.destination_short_name = String::from(destination);
        form.name = String::from(name);
        form.incoming_project = String::from(project);
        form.admin_access = access;
        form
    })
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        3 => prop::sample::select(ConnectionMode::ALL).prop_map(Act::Choose),
        1 => form().prop_map(Act::Remember),
        5 => form().prop_map(Act::Fill),
        2 => Just(Act::Previous),
        1 => Just(Act::SaveAsText),
        1 => Just(Act::SaveAsBytes),
    ];
    prop::collection::vec(act, 0..24)
}

/// A wizard at its beginning, and the model of it.
fn start() -> impl Strategy<Value = (AnyWizard, Model)> {
    (prop::sample::select(&[KnownPlatform::JiraCloud, KnownPlatform::Zendesk][..]), any::<bool>()).prop_map(
        |(platform, is_known)| {
            let local = built(public("here", platform));
            let (offered, other) = if is_known {
                (ConnectionMode::ALL.to_vec(), "GitHub")
            } else {
                (vec![ConnectionMode::Basic, ConnectionMode::Script], "Remote")
            };
            let wizard = if is_known {
                // GitHub in name, with every mode: so that what is offered follows from being known alone.
                let name = handclasp::PlatformName::parse("github").unwrap();
                let all = handclasp::Capabilities::new(handclasp::ModeSet::ALL);
                let there = built(public("there", handclasp::Platform::new(name, all)));
                Wizard::start_with(local.clone(), Terms::default(), id(1), there).unwrap()
            } else {
                Wizard::start_without_url(local.clone(), Terms::default(), id(1))
            };
            let mut suggestion = ConnectionForm::default();
            suggestion.source_short_name = String::from(platform.title());
            suggestion.destination_short_name = String::from(other);
            suggestion.name = format!("{} to {other}", platform.title());
            let model =
                Model { local, step: StepKind::UrlEntered, mode: None, typed: None, offered, suggestion };
            (AnyWizard::UrlEntered(wizard), model)
        },
    )
}

proptest! {
    #[test]
    fn the_wizard_reports_what_the_model_says((wizard, mut model) in start(), acts in acts()) {
        let mut wizard = wizard;
        for next in &acts {
            wizard = act(wizard, next, &model.local);
            model.act(next);
            model.check(&wizard)?;
        }
    }

    #[test]
    fn saving_and_resuming_changes_nothing((wizard, model) in start(), acts in acts()) {
        let wizard = acts.iter().fold(wizard, |wizard, next| act(wizard, next, &model.local));
        let saved = draft(&wizard);
        for how in [Act::SaveAsText, Act::SaveAsBytes] {
            prop_assert_eq!(draft(&act(wizard.clone(), &how, &model.local)), saved.clone());
        }
    }

    #[test]
    fn what_is_initiated_is_what_was_chosen_and_typed_last((wizard, mut model) in start(), acts in acts()) {
        let mut wizard = wizard;
        for next in &acts {
            wizard = act(wizard, next, &model.local);
            model.act(next);
        }
        if let AnyWizard::InfoFilled(wizard) = wizard {
            let info = wizard.info().clone();
            let wizard = wizard.initiate(now(), entropy(2));
            prop_assert_eq!((wizard.id(), wizard.connection().id()), (id(1), id(1)));
            prop_assert_eq!(Some(wizard.connection().mode()), model.mode);
            prop_assert_eq!(wizard.connection().info(), &info);
            prop_assert_eq!(info.name().as_str(), model.form().name.as_str());
            prop_assert!(!matches!(wizard.hand_over(), HandOver::Nothing));
        }
    }

    #[test]
    fn there_is_always_a_way_to_the_end((wizard, model) in start(), acts in acts()) {
        let mut wizard = acts.iter().fold(wizard, |wizard, next| act(wizard, next, &model.local));
        let mut form = support::answered(model.suggestion.clone());
        form.name = String::from("In the end");
        for next in [Act::Choose(ConnectionMode::Script), Act::Fill(form)] {
            wizard = act(wizard, &next, &model.local);
        }
        let AnyWizard::InfoFilled(wizard) = wizard else { return Err(TestCaseError::fail("not there")) };
        let code = wizard.initiate(now(), entropy(2)).hand_over().code().cloned();
        prop_assert!(code.is_some());
    }
}
