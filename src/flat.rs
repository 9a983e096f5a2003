//! The one shape in which errors are serialised.

/// Serialises an error as the flat structure `code`, `message`, and the details that its pattern names.
///
/// A detail has the name that it has in the type. `..error` stands for those of an error that is passed on, and an error
/// without patterns has none. What is not named does not get in: not the wizard or the draft that an error gives back, and
/// not what a store or a transport said.
macro_rules! flat {
    ($name:ident $(<$($generic:ident),+>)?) => {
        crate::flat::flat! { $name $(<$($generic),+>)? { _ => {}, } }
    };
    ($name:ident $(<$($generic:ident),+>)? { $($details:tt)+ }) => {
        crate::flat::details! { $name $(<$($generic),+>)? { $($details)+ } }

        impl $(<$($generic),+>)? serde::Serialize for $name $(<$($generic),+>)? {
            fn serialize<Ser: serde::Serializer>(&self, serializer: Ser) -> Result<Ser::Ok, Ser::Error> {
                self.serialize_as(self.code(), &format_args!("{self}"), serializer)
            }
        }
    };
}

/// The details of an error that others pass on with their own code and message.
macro_rules! details {
    ($name:ident $(<$($generic:ident),+>)? { $($pattern:pat => $details:tt $($error:ident)?,)+ }) => {
        impl $(<$($generic),+>)? $name $(<$($generic),+>)? {
            /// Serialises its details, behind this code and message.
            pub(crate) fn serialize_as<Ser: serde::Serializer>(
                &self,
                code: &str,
                message: &core::fmt::Arguments<'_>,
                serializer: Ser,
            ) -> Result<Ser::Ok, Ser::Error> {
                match self {
                    $($pattern => {
                        crate::flat::details!(@serialize $name, code, message, serializer, $details $($error)?)
                    })+
                }
            }
        }
    };
    (@serialize $name:ident, $code:ident, $message:ident, $serializer:ident, .. $error:ident) => {
        $error.serialize_as($code, $message, $serializer)
    };
    (@serialize $name:ident, $code:ident, $message:ident, $serializer:ident,
        { $($detail:ident $(: $value:expr)?),* }) => {{
        use serde::ser::SerializeStruct as _;

        let names = ["code", "message" $(, stringify!($detail))*];
        let mut fields = $serializer.serialize_struct(stringify!($name), names.len())?;
        fields.serialize_field("code", $code)?;
        fields.serialize_field("message", $message)?;
        $(fields.serialize_field(stringify!($detail), crate::flat::details!(@value $detail $($value)?))?;)*
        fields.end()
    }};
    (@value $detail:ident) => { $detail };
    (@value $detail:ident $value:expr) => { $value };
}

pub(crate) use details;
pub(crate) use flat;
