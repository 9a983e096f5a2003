//! The form of a connection's labels, which both sides fill in: who initiates, and who accepts.

use handclasp::{Ask, ConnectionForm, FormError, FormField};
use maud::{Markup, html};

use super::fields::Fields;
use super::shell::{self, Input, sentence};

/// The form with what was typed into it.
pub(super) fn read(fields: &Fields, form: ConnectionForm) -> ConnectionForm {
    let typed = |field: FormField| fields.get(field.code()).to_owned();
    let mut form = form;
    form.source_short_name = typed(FormField::SourceShortName);
    form.destination_short_name = typed(FormField::DestinationShortName);
    form.name = typed(FormField::ConnectionName);
    form.description = typed(FormField::Description);
    form.incoming_project = typed(FormField::IncomingProject);
    form
}

/// The fields, each with what is wrong with it.
pub(super) fn inputs(form: &ConnectionForm, asks: &[Ask], errors: Option<&FormError>) -> Markup {
    let input = |field: FormField, hint, value, required, lines| {
        let errors = messages(errors, field);
        Input {
            name: field.code(),
            label: label(field),
            hint: Some(hint),
            value,
            required,
            lines,
            errors: &errors,
        }
        .show()
    };
    html! {
        (input(FormField::SourceShortName, "What the side that initiates is called, up to 64 characters.",
            &form.source_short_name, true, 1))
        (input(FormField::DestinationShortName, "What the side that accepts is called; not the same.",
            &form.destination_short_name, true, 1))
        (input(FormField::ConnectionName, "Up to 255 characters.", &form.name, true, 1))
        (input(FormField::Description, "Up to 1000 characters.", &form.description, false, 4))
        @if asks.contains(&Ask::IncomingProject) {
            (input(FormField::IncomingProject, "The project on this side that receives what comes in, by its key or name: ACME, say.",
                &form.incoming_project, true, 1))
        }
    }
}

/// Everything that is wrong with the form, above it; with an admin pass, too, of which the form itself knows nothing.
pub(super) fn summary(errors: Option<&FormError>, pass: Option<&str>) -> Markup {
    let of_form = errors
        .into_iter()
        .flat_map(FormError::errors)
        // That an answer is missing is said by what is wrong with the pass.
        .filter(|error| pass.is_none() || error.field != FormField::AdminAccess)
        .map(|error| (error.field.code(), label(error.field), sentence(&error.message())));
    shell::summary(of_form.chain(pass.map(|problem| ("admin-pass", "Admin pass", sentence(problem)))))
}

/// What is wrong with one field.
pub(super) fn messages(errors: Option<&FormError>, field: FormField) -> Vec<String> {
    errors.into_iter().flat_map(|errors| errors.of(field)).map(handclasp::FieldError::message).collect()
}

/// The label of a field, as it stands beside it.
const fn label(field: FormField) -> &'static str {
    match field {
        FormField::SourceShortName => "Source side short name",
        FormField::DestinationShortName => "Destination side short name",
        FormField::ConnectionName => "Connection name",
        FormField::Description => "Description",
        FormField::IncomingProject => "Incoming project",
        _ => "Admin access on the destination",
    }
}
