//! What a handler's arguments say of it without asking: with which problems they refuse a request,
//! and which headers they read. The description of every route has that, whatever its author wrote.

use super::{Body, Bytes, Request, State};
use crate::problem::{MEDIA_TYPE, Problem};
use http::HeaderMap;
use utoipa::ToSchema;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{
    Content, ContentBuilder, ObjectBuilder, Ref, RefOr, Required, ResponseBuilder, Type,
};

/// An argument of a handler.
pub trait Argument {
    /// Statuses of the problems with which it refuses a request.
    const REFUSES: &'static [u16] = &[];
    /// The header that it reads: its name, and what it does for the caller.
    const READS: Option<(&'static str, &'static str)> = None;
}

impl<S> Argument for State<S> {}
impl Argument for Request {}
impl Argument for Body {}
impl Argument for HeaderMap {}
impl<T: Argument> Argument for Option<T> {}

impl Argument for Bytes {
    const REFUSES: &'static [u16] = &[400, 413];
}

/// All arguments of a handler.
pub trait Arguments {
    /// Adds to the description what the author left out.
    fn describe(operation: &mut Operation);
}

macro_rules! arguments {
    ($($argument:ident)*) => {
        impl<How, $($argument: Argument),*> Arguments for (How, $($argument,)*) {
            fn describe(operation: &mut Operation) {
                let _ = &operation;
                $(describe::<$argument>(operation);)*
            }
        }
    };
}

arguments!();
arguments!(A);
arguments!(A B);
arguments!(A B C);
arguments!(A B C D);
arguments!(A B C D E);
arguments!(A B C D E F);

fn describe<A: Argument>(operation: &mut Operation) {
    for status in A::REFUSES {
        let answers = &mut operation.responses.responses;
        answers.entry(status.to_string()).or_insert_with(problem);
    }
    let Some((name, purpose)) = A::READS else {
        return;
    };
    let parameters = operation.parameters.get_or_insert_default();
    let is_it = |known: &RefOr<Parameter>| matches!(known, RefOr::T(known) if known.name == name);
    if !parameters.iter().any(is_it) {
        parameters.push(RefOr::T(
            ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Header)
                .required(Required::False)
                .description(Some(purpose))
                .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
                .build(),
        ));
    }
}

fn problem() -> RefOr<utoipa::openapi::Response> {
    let content = ContentBuilder::new().schema(Some(shape())).build();
    RefOr::T(ResponseBuilder::new().content(MEDIA_TYPE, content).build())
}

fn shape() -> Ref {
    Ref::from_schema_name(Problem::name())
}

/// Says of every problem, whoever described it, that it is sent as one: `body = Problem` says JSON.
pub(super) fn send_problems_as_such(operation: &mut Operation) {
    for answer in operation.responses.responses.values_mut() {
        let RefOr::T(answer) = answer else { continue };
        let json = answer.content.get("application/json");
        if let Some(RefOr::T(Content {
            schema: Some(schema),
            ..
        })) = json
            && *schema == RefOr::Ref(shape())
            && let Some(content) = answer.content.shift_remove("application/json")
        {
            answer.content.insert(MEDIA_TYPE.to_owned(), content);
        }
    }
}
