//! `--cors-origin` of a node: which web pages may read its answers.

use std::str::FromStr;

use anyhow::{Result, bail};
use assay_l1::rpc::Origin;
use assay_sequencer::config::Pages;
use clap::Args;

/// Web pages that may read what a node answers.
#[derive(Debug, Clone, Args)]
pub(crate) struct PagesArgs {
    /// Let web pages of this origin read the node's answers, as in https://example.org; several with commas
    /// between, `*` for those of any origin, `none` for no page but the node's own. What needs a token is open
    /// to none.
    #[arg(
        long,
        env = "ASSAY_CORS_ORIGIN",
        value_name = "ORIGIN",
        value_delimiter = ',',
        default_value = "*"
    )]
    cors_origin: Vec<CorsOrigin>,
}

/// One value of the option.
#[derive(Debug, Clone, PartialEq, Eq)]
enum CorsOrigin {
    Any,
    None,
    Of(Origin),
}

impl FromStr for CorsOrigin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "*" => Ok(Self::Any),
            "none" => Ok(Self::None),
            origin => origin.parse().map(Self::Of),
        }
    }
}

impl PagesArgs {
    /// What was asked for.
    ///
    /// # Errors
    /// `*` or `none` with others beside it.
    pub(crate) fn pages(&self) -> Result<Pages> {
        if let [CorsOrigin::Any] = self.cors_origin[..] {
            return Ok(Pages::Any);
        }
        if let [CorsOrigin::None] = self.cors_origin[..] {
            return Ok(Pages::Of(Vec::new()));
        }
        let mut origins = Vec::with_capacity(self.cors_origin.len());
        for given in &self.cors_origin {
            match given {
                CorsOrigin::Of(origin) => origins.push(origin.clone()),
                CorsOrigin::Any | CorsOrigin::None => {
                    bail!("--cors-origin takes `*` or `none` alone, or origins")
                }
            }
        }
        Ok(Pages::Of(origins))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use clap::{Command, FromArgMatches as _};

    use super::*;

    fn pages(given: &[&str]) -> Result<Pages> {
        let command = PagesArgs::augment_args(Command::new("node"));
        let matches = command.try_get_matches_from([&["node"], given].concat())?;
        PagesArgs::from_arg_matches(&matches)?.pages()
    }

    #[test]
    fn pages_are_all_none_or_those_that_are_named() {
        let origin = |text: &str| text.parse::<Origin>().unwrap();
        let (one, other) = ("https://a.example", "http://localhost:5173");
        let two = vec![origin(one), origin(other)];
        let joined = format!("{one},{other}");
        assert_eq!(pages(&[]).unwrap(), Pages::Any);
        for (given, expected) in [
            (vec!["--cors-origin", "*"], Pages::Any),
            (vec!["--cors-origin", "none"], Pages::Of(Vec::new())),
            (vec!["--cors-origin", &joined], Pages::Of(two.clone())),
            (
                vec!["--cors-origin", one, "--cors-origin", other],
                Pages::Of(two),
            ),
        ] {
            assert_eq!(pages(&given).unwrap(), expected, "{given:?}");
        }
        for given in [
            "*,none",
            "none,https://a.example",
            "https://a.example,*",
            "a.example",
            "",
        ] {
            assert!(pages(&["--cors-origin", given]).is_err(), "{given}");
        }
    }
}
