//! The members of a policy document that have more than one shape.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};

use super::{Audience, Named, OneOrMany, RequirementEntry, RuleEntry};

impl<'de> Deserialize<'de> for RequirementEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Shape;
        impl<'de> Visitor<'de> for Shape {
            type Value = RequirementEntry;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("`\"none\"`, or an object with `provider`, `any`, `all` or `optional`")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                match text {
                    "none" => Ok(RequirementEntry::Nothing),
                    _ => Err(E::invalid_value(serde::de::Unexpected::Str(text), &self)),
                }
            }

            fn visit_map<M: MapAccess<'de>>(self, members: M) -> Result<Self::Value, M::Error> {
                let rule = RuleEntry::deserialize(MapAccessDeserializer::new(members))?;
                Ok(RequirementEntry::Rule(Box::new(rule)))
            }
        }
        deserializer.deserialize_any(Shape)
    }
}

impl<'de> Deserialize<'de> for Audience {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let audience: Option<OneOrMany> = Deserialize::deserialize(deserializer)?;
        Ok(audience.map_or(Self::NotChecked, Self::OneOf))
    }
}

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Shape;
        impl<'de> Visitor<'de> for Shape {
            type Value = OneOrMany;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a text or a list of texts")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(OneOrMany(vec![text.to_owned()]))
            }

            fn visit_seq<S: SeqAccess<'de>>(self, mut elements: S) -> Result<Self::Value, S::Error> {
                let mut texts = Vec::new();
                while let Some(text) = elements.next_element()? {
                    texts.push(text);
                }
                if texts.is_empty() {
                    return Err(S::Error::custom("an empty list allows nothing; name one, or leave it out"));
                }
                Ok(OneOrMany(texts))
            }
        }
        deserializer.deserialize_any(Shape)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Shape<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Shape<T> {
            type Value = Named<T>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<Self::Value, M::Error> {
                let mut named: Vec<(String, T)> = Vec::new();
                while let Some(name) = members.next_key::<String>()? {
                    if named.iter().any(|(known, _)| *known == name) {
                        return Err(M::Error::custom(format_args!("`{name}` is there twice; name it once")));
                    }
                    named.push((name, members.next_value()?));
                }
                Ok(Named(named))
            }
        }
        deserializer.deserialize_map(Shape(PhantomData))
    }
}

#[cfg(feature = "schema")]
mod schema {
    use std::borrow::Cow;

    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

    use super::{Named, OneOrMany, RequirementEntry, RuleEntry};

    impl JsonSchema for RequirementEntry {
        fn schema_name() -> Cow<'static, str> {
            "Requirement".into()
        }

        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            let rule = generator.subschema_for::<RuleEntry>();
            json_schema!({ "anyOf": [{ "const": "none" }, rule] })
        }
    }

    impl JsonSchema for OneOrMany {
        fn schema_name() -> Cow<'static, str> {
            "OneOrMany".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({ "anyOf": [
                { "type": "string" },
                { "type": "array", "items": { "type": "string" }, "minItems": 1 },
            ] })
        }
    }

    impl<T: JsonSchema> JsonSchema for Named<T> {
        fn schema_name() -> Cow<'static, str> {
            format!("{}ByName", T::schema_name()).into()
        }

        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            let entry = generator.subschema_for::<T>();
            json_schema!({ "type": "object", "additionalProperties": entry })
        }
    }
}
