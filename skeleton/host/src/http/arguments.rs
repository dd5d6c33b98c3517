//! Handlers, and what their arguments say of them without asking: with which problems they refuse a
//! request, and which headers they read. The description of every route has that, whatever its
//! author wrote.

use super::{IntoResponse, Response};
use crate::problem::{MEDIA_TYPE, Problem};
use actix_web::FromRequest;
use std::future::Future;
use utoipa::ToSchema;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{
    Content, ContentBuilder, ObjectBuilder, Ref, RefOr, Required, ResponseBuilder, Type,
};

/// An argument of a handler in a table whose state is an `S`.
pub trait Argument<S>: FromRequest + 'static {
    /// Statuses of the problems with which it refuses a request.
    const REFUSES: &'static [u16] = &[];
    /// The header that it reads: its name, and what it does for the caller.
    const READS: Option<(&'static str, &'static str)> = None;
}

/// None where it would refuse.
impl<S, T: Argument<S>> Argument<S> for Option<T> {
    const READS: Option<(&'static str, &'static str)> = T::READS;
}

/// All arguments of a handler in a table whose state is an `S`.
pub trait Arguments<S>: FromRequest + 'static {
    /// Adds to the description what the author left out.
    fn describe(operation: &mut Operation);
}

/// An async function of [`Arguments`] whose outcome becomes an answer.
pub trait Handler<A>: Clone + Send + Sync + 'static {
    /// Answers one request.
    fn call(self, arguments: A) -> impl Future<Output = Response> + 'static;
}

macro_rules! arguments {
    ($($argument:ident)*) => {
        impl<S: 'static, $($argument: Argument<S>),*> Arguments<S> for ($($argument,)*) {
            fn describe(operation: &mut Operation) {
                let _ = &operation;
                $(describe::<S, $argument>(operation);)*
            }
        }

        impl<Function, Answer, $($argument: 'static),*> Handler<($($argument,)*)> for Function
        where
            Function: FnOnce($($argument),*) -> Answer + Clone + Send + Sync + 'static,
            Answer: Future<Output: IntoResponse> + 'static,
        {
            #[allow(non_snake_case, clippy::unused_unit)]
            async fn call(self, ($($argument,)*): ($($argument,)*)) -> Response {
                self($($argument),*).await.into_response()
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

fn describe<S, A: Argument<S>>(operation: &mut Operation) {
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
