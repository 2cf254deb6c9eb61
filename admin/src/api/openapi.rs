//! The description of the API, generated from the handlers. `admin/openapi.json` is this, committed.

use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    Components, ContentBuilder, Info, OpenApi, PathItem, Ref, RefOr, Required, ResponseBuilder,
};
use utoipa::{PartialSchema, ToSchema};

use super::approvals::DEEDS;
use super::idempotency;
use super::problem::Problem;
use super::router::documented_routes;

/// The OpenAPI 3.1 document of every route.
///
/// A route asks for a credential unless it says otherwise, and each may answer with a problem: both are said
/// here, once, so that no route can forget it.
pub fn openapi() -> OpenApi {
    let mut described = documented_routes().into_openapi();
    described.info = Info::new("Keystile", env!("CARGO_PKG_VERSION"));
    described.info.description = Some(
        "Makes, keeps, publishes and retires the keys that sign JWTs. Refusals are problem documents (RFC 9457) \
         with a stable `code`."
            .to_owned(),
    );
    let either = ["bearer", "session"].map(|scheme| SecurityRequirement::new(scheme, [""; 0]));
    described.security = Some(either.into());
    let components = described.components.get_or_insert_with(Components::new);
    components.schemas.insert(Problem::name().into_owned(), Problem::schema());
    components.add_security_scheme("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    components.add_security_scheme(
        "session",
        SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("keystile_session"))),
    );
    for (path, item) in &mut described.paths.paths {
        operations(item).for_each(|operation| {
            may_answer_with_a_problem(operation);
            may_come_without_a_body(operation, components);
            may_come_with_an_approval(operation);
        });
        let is_meant = !idempotency::BEFORE_SIGN_IN.contains(&path.as_str());
        item.post.iter_mut().filter(|_| is_meant).for_each(may_be_sent_again);
    }
    described
}

fn operations(path: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut path.get, &mut path.put, &mut path.post, &mut path.patch, &mut path.delete].into_iter().flatten()
}

fn may_answer_with_a_problem(operation: &mut Operation) {
    let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name(Problem::name()))).build();
    let response = ResponseBuilder::new()
        .description("The request was refused, or the server failed")
        .content("application/problem+json", problem)
        .build();
    operation.responses.responses.insert("default".to_owned(), response.into());
}

/// No body counts as `{}`, so only one that must say something is required.
fn may_come_without_a_body(operation: &mut Operation, components: &Components) {
    let Some(RefOr::T(body)) = &mut operation.request_body else { return };
    let may_be_empty = body.content.values().all(|content| {
        let RefOr::T(content) = content else { return false };
        let Some(RefOr::Ref(named)) = &content.schema else { return false };
        let name = named.ref_location.rsplit('/').next().unwrap_or_default();
        matches!(components.schemas.get(name), Some(RefOr::T(Schema::Object(it))) if it.required.is_empty())
    });
    body.required = Some(if may_be_empty { Required::False } else { Required::True });
}

fn may_come_with_an_approval(operation: &mut Operation) {
    if !operation.operation_id.as_ref().is_some_and(|id| DEEDS.contains(&id.as_str())) {
        return;
    }
    let approval = ParameterBuilder::new()
        .name("Keystile-Approval")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some("The approved request for exactly this, where the policy wants two people"))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build();
    operation.parameters.get_or_insert_default().push(approval.into());
}

fn may_be_sent_again(operation: &mut Operation) {
    let key = ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "Names this request: sent again within a day, it is answered as the first time, and done once",
        ))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).pattern(Some(idempotency::PATTERN))))
        .build();
    operation.parameters.get_or_insert_default().push(key.into());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_of_an_approval_is_described_where_it_counts() {
        let described = serde_json::to_value(openapi()).unwrap();
        let paths = described["paths"].as_object().unwrap().values();
        let operations = paths.flat_map(|path| path.as_object().unwrap().values());
        let named = |it: &&serde_json::Value| {
            let parameters = it["parameters"].as_array();
            parameters.is_some_and(|all| all.iter().any(|one| one["name"] == "Keystile-Approval"))
        };
        let mut found: Vec<_> =
            operations.filter(named).map(|it| it["operationId"].as_str().unwrap()).collect();
        let mut wanted = DEEDS.to_vec();
        found.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(found, wanted);
        assert_eq!(crate::api::approvals::APPROVAL.as_str(), "keystile-approval");
    }

    #[test]
    fn the_committed_description_is_current() {
        let committed = include_str!("../../openapi.json");
        let current = openapi().to_pretty_json().unwrap();
        assert!(
            committed.trim() == current,
            "admin/openapi.json is stale: run `cargo run --bin keystile -- openapi > admin/openapi.json`"
        );
    }
}
