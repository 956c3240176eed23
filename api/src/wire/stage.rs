//! Stages in JSON: by their names.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};

use crate::stage::Stage;

impl Serialize for Stage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Stage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = Cow::<str>::deserialize(deserializer)?;
        let found = Self::ALL.into_iter().find(|stage| stage.name() == name);
        found.ok_or_else(|| D::Error::custom(format_args!("there is no stage `{name}`")))
    }
}

impl PartialSchema for Stage {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("How far a transaction or a batch has come."))
            .enum_values(Some(Self::ALL.map(Self::name)))
            .into()
    }
}

impl ToSchema for Stage {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Stage")
    }
}
