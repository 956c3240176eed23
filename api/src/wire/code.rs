//! Codes, for programs: every one that a node may send, and no other. What a node answers with is of
//! these types, and its OpenAPI document lists their `ALL`, so a new code is in both or in none.

use std::borrow::Cow;

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};

macro_rules! codes {
    ($(#[doc = $doc:literal] $kind:ident { $($variant:ident = $name:literal,)+ })+) => {$(
        #[doc = $doc]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $kind {
            $(#[doc = concat!("`", $name, "`.")] $variant,)+
        }

        impl $kind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// As it stands in JSON.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }

        impl PartialSchema for $kind {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .description(Some($doc.trim()))
                    .enum_values(Some(Self::ALL.iter().map(|code| code.name())))
                    .into()
            }
        }

        impl ToSchema for $kind {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($kind))
            }
        }
    )+};
}

codes! {
    /// What went wrong, for programs. `docs/spec/api.md` says what each means and which data it has.
    ErrorCode {
        MalformedRequest = "malformed_request",
        MalformedJson = "malformed_json",
        InvalidBody = "invalid_body",
        BodyUnreadable = "body_unreadable",
        BodyTooLarge = "body_too_large",
        InvalidParameter = "invalid_parameter",
        InvalidAccountIndex = "invalid_account_index",
        InvalidAmount = "invalid_amount",
        InvalidFee = "invalid_fee",
        InvalidAddress = "invalid_address",
        FeeNotRepresentable = "fee_not_representable",
        WrongNetwork = "wrong_network",
        InvalidSignature = "invalid_signature",
        UnknownAccount = "unknown_account",
        WrongToken = "wrong_token",
        WrongOwner = "wrong_owner",
        NonceExhausted = "nonce_exhausted",
        WrongNonce = "wrong_nonce",
        NonceTooFar = "nonce_too_far",
        NonceTaken = "nonce_taken",
        Expired = "expired",
        ExpiresTooSoon = "expires_too_soon",
        ExpiresTooLate = "expires_too_late",
        ZeroAmount = "zero_amount",
        RefusedReceiver = "refused_receiver",
        InsufficientBalance = "insufficient_balance",
        AmountNotRepresentable = "amount_not_representable",
        BalanceOverflow = "balance_overflow",
        OwnerOffCurve = "owner_off_curve",
        TreeFull = "tree_full",
        FeeTooLow = "fee_too_low",
        FeeTokenNotAccepted = "fee_token_not_accepted",
        Duplicate = "duplicate",
        Replaced = "replaced",
        Displaced = "displaced",
        Unauthorized = "unauthorized",
        Forbidden = "forbidden",
        NoJobs = "no_jobs",
        ReadOnly = "read_only",
        UnknownTransaction = "unknown_transaction",
        UnknownBatch = "unknown_batch",
        UnknownEntry = "unknown_entry",
        UnknownKey = "unknown_key",
        UnknownJob = "unknown_job",
        UnknownPath = "unknown_path",
        NotProvedYet = "not_proved_yet",
        RootNotKept = "root_not_kept",
        WrongMethod = "wrong_method",
        TimedOut = "timed_out",
        ReferenceTaken = "reference_taken",
        JobTaken = "job_taken",
        JobGone = "job_gone",
        WrongProof = "wrong_proof",
        TooManyRequests = "too_many_requests",
        Internal = "internal",
        Busy = "busy",
        StartingAnew = "starting_anew",
        StorageUnavailable = "storage_unavailable",
        Halted = "halted",
    }

    /// Why a batch was dropped, for programs. `docs/spec/api.md` says what each means.
    DropCode {
        ForeignBatch = "foreign_batch",
        Reorganised = "reorganised",
        TooOld = "too_old",
        EntryGone = "entry_gone",
        EntryLeft = "entry_left",
    }
}
