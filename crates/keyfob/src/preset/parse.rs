//! From the JSON of a preset to its parts: every member accounted for, every name resolved.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use keyfob_store::ProfileName;
use serde_json::Value;

use crate::client::{ClientConfig, ClientType};
use crate::preset::builtin::Builtins;
use crate::preset::preset::{Parts, SettingsRules, Variable};
use crate::preset::read::Members;
use crate::preset::template::gaps;
use crate::preset::{CacheRules, Kind, Parameter, PresetError, Template};
use crate::settings::Setting;

/// The word before an API key where a preset says nothing.
const API_KEY_PREFIX: &str = "Bearer";

pub(super) fn parse(text: &[u8]) -> Result<Parts, PresetError> {
    let mut members = Members::parse(text)?;
    let name = members.required("name")?;
    if ProfileName::new(&name).is_ok_and(|parsed| parsed.as_str() != name)
        || ProfileName::new(&name).is_err()
    {
        let why = "only small letters, digits, '.', '_' and '-' may be used";
        return Err(PresetError::malformed("name", why));
    }
    let namespace = match members.text("namespace")? {
        Some(text) => namespace("namespace", &text)?,
        None => None,
    };
    let parts = Parts {
        name,
        about: members.required("about")?,
        namespace,
        home: members
            .text("home")?
            .map(|home| relative("home", &home))
            .transpose()?,
        settings: settings(&mut members)?,
        variables: variables(&mut members)?,
        ignored: ignored(&mut members)?,
        builtins: builtins(&mut members)?,
        api_key_prefix: members
            .text("api_key_prefix")?
            .unwrap_or_else(|| API_KEY_PREFIX.to_owned()),
        trust: trust(&mut members)?,
        template: template(&mut members)?,
        cache: cache(&mut members)?,
    };
    members.end()?;
    Ok(parts)
}

/// A namespace in upper case; an empty one is none.
pub(super) fn namespace(at: &str, text: &str) -> Result<Option<String>, PresetError> {
    let upper = text.to_ascii_uppercase();
    match upper.as_str() {
        "" => Ok(None),
        name if is_variable(name) && name.len() <= 64 => Ok(Some(upper)),
        _ => Err(PresetError::malformed(
            at,
            "only letters, digits and '_' may be used, a letter first",
        )),
    }
}

fn is_variable(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    name.bytes().all(inner)
        && name
            .bytes()
            .next()
            .is_some_and(|first| !first.is_ascii_digit())
}

/// A path that cannot leave the folder it is joined to.
fn relative(at: &str, text: &str) -> Result<String, PresetError> {
    let is_plain = |part: Component<'_>| matches!(part, Component::Normal(_));
    let is_clean = !text.contains(['\\', ':']) && !text.chars().any(char::is_control);
    if is_clean && Path::new(text).components().all(is_plain) {
        return Ok(text.to_owned());
    }
    let why = "it must be a relative path without '..'";
    Err(PresetError::malformed(at, why))
}

fn settings(members: &mut Members) -> Result<SettingsRules, PresetError> {
    let Some(mut settings) = members.object("settings")? else {
        return Err(PresetError::malformed("settings", "it is missing"));
    };
    let at = settings.path("file");
    let file = relative(&at, &settings.required("file")?)?;
    if file.contains('/') {
        return Err(PresetError::malformed(at, "it must be a file's name"));
    }
    let rules = SettingsRules {
        file,
        beside_home: settings.flag("beside_home")?,
        keys: by_setting(&mut settings, "keys")?,
        legacy_keys: by_setting(&mut settings, "legacy_keys")?,
    };
    settings.end()?;
    Ok(rules)
}

fn by_setting(members: &mut Members, key: &str) -> Result<BTreeMap<Setting, String>, PresetError> {
    let at = members.path(key);
    let texts = members.texts(key)?;
    texts
        .into_iter()
        .map(|(name, value)| Ok((setting(&at, &name)?, value)))
        .collect()
}

fn setting(at: &str, name: &str) -> Result<Setting, PresetError> {
    Setting::from_name(name)
        .ok_or_else(|| PresetError::malformed(format!("{at}.{name}"), "there is no such setting"))
}

fn variables(members: &mut Members) -> Result<BTreeMap<Setting, Variable>, PresetError> {
    let Some(members) = members.object("variables")? else {
        return Ok(BTreeMap::new());
    };
    let mut variables = BTreeMap::new();
    for (key, value) in members.into_map() {
        let at = format!("variables.{key}");
        let setting = setting("variables", &key)?;
        let variable = match value {
            Value::String(name) => Variable {
                name,
                means: BTreeMap::new(),
            },
            value => {
                let mut members = Members::of(at.clone(), value)?;
                let variable = Variable {
                    name: members.required("name")?,
                    means: members.texts("means")?,
                };
                members.end()?;
                variable
            }
        };
        if !is_variable(&variable.name) {
            return Err(PresetError::malformed(
                at,
                "it must be a variable's name in upper case",
            ));
        }
        variables.insert(setting, variable);
    }
    Ok(variables)
}

fn ignored(members: &mut Members) -> Result<BTreeMap<String, String>, PresetError> {
    let ignored = members.texts("ignored_variables")?;
    match ignored.keys().find(|name| !is_variable(name)) {
        Some(name) => Err(PresetError::malformed(
            format!("ignored_variables.{name}"),
            "it must be a variable's name in upper case",
        )),
        None => Ok(ignored),
    }
}

fn builtins(members: &mut Members) -> Result<Builtins, PresetError> {
    let mut builtins = Builtins::default();
    if let Some(profiles) = members.object("profiles")? {
        for (name, profile) in profiles.objects()? {
            let at = format!("profiles.{name}");
            let name = profile_name(&at, &name)?;
            let config = ClientConfig::new(profile.into_map());
            let refuse = |error: &dyn std::fmt::Display| {
                PresetError::malformed(format!("{at}.client_type"), error.to_string())
            };
            config.client_type().map_err(|error| refuse(&error))?;
            builtins.profiles.insert(name, config);
        }
    }
    for (alias, target) in members.texts("aliases")? {
        let at = format!("aliases.{alias}");
        let (alias, target) = (profile_name(&at, &alias)?, profile_name(&at, &target)?);
        if builtins.profiles.contains_key(&alias) {
            return Err(PresetError::malformed(
                at,
                "a profile has this name already",
            ));
        }
        builtins.aliases.insert(alias, target);
    }
    if let Some(lost) = builtins
        .aliases
        .keys()
        .find(|name| builtins.dealias(name).is_none())
    {
        let why = "it leads to no profile, or in a circle";
        return Err(PresetError::malformed(format!("aliases.{lost}"), why));
    }
    builtins.default = members
        .text("default_profile")?
        .map(|name| known(&builtins, "default_profile", &name))
        .transpose()?;
    for (kind, name) in members.texts("default_profile_by_client_type")? {
        let at = format!("default_profile_by_client_type.{kind}");
        let kind: ClientType = kind
            .parse()
            .map_err(|_| PresetError::malformed(at.clone(), "there is no such client type"))?;
        let name = known(&builtins, &at, &name)?;
        builtins.by_client_type.insert(kind.as_str(), name);
    }
    Ok(builtins)
}

/// A name in canonical form: what is written here is what appears everywhere.
fn profile_name(at: &str, name: &str) -> Result<ProfileName, PresetError> {
    match ProfileName::new(name) {
        Ok(parsed) if parsed.as_str() == name => Ok(parsed),
        Ok(_) => Err(PresetError::malformed(
            at,
            "a profile's name has small letters only",
        )),
        Err(error) => Err(PresetError::malformed(at, error.to_string())),
    }
}

fn known(builtins: &Builtins, at: &str, name: &str) -> Result<ProfileName, PresetError> {
    let name = profile_name(at, name)?;
    builtins
        .dealias(&name)
        .ok_or_else(|| PresetError::malformed(at, format!("there is no profile {name} in it")))
}

type Trust = BTreeMap<String, Option<Vec<ClientConfig>>>;

fn trust(members: &mut Members) -> Result<Trust, PresetError> {
    let Some(environments) = members.object("trust_environments")? else {
        return Ok(BTreeMap::from([("CUSTOM".to_owned(), None)]));
    };
    let mut trust = BTreeMap::new();
    for (name, value) in environments.into_map() {
        let at = format!("trust_environments.{name}");
        if !is_variable(&name) {
            return Err(PresetError::malformed(at, "its name must be in upper case"));
        }
        let servers = match value {
            Value::Null => None,
            Value::Array(items) => Some(
                items
                    .into_iter()
                    .map(|item| server(&at, item))
                    .collect::<Result<_, _>>()?,
            ),
            _ => {
                return Err(PresetError::malformed(
                    at,
                    "it must be null or a list of servers",
                ));
            }
        };
        trust.insert(name, servers);
    }
    Ok(trust)
}

/// A server to trust; one without an audience would let tokens for anybody pass.
fn server(at: &str, value: Value) -> Result<ClientConfig, PresetError> {
    let config = ClientConfig::new(Members::of(at.to_owned(), value)?.into_map());
    if config.auth_server().is_err() && config.issuer().is_err() {
        return Err(PresetError::malformed(at, "a server needs its auth_server"));
    }
    if config.audiences().is_empty() {
        return Err(PresetError::malformed(at, "a server needs its audiences"));
    }
    Ok(config)
}

fn template(members: &mut Members) -> Result<Option<Template>, PresetError> {
    let Some(mut members) = members.object("template")? else {
        return Ok(None);
    };
    let mut parameters = Vec::new();
    if let Some(all) = members.object("parameters")? {
        for (name, members) in all.objects()? {
            parameters.push(parameter(name, members)?);
        }
    }
    let config = members.object("config")?;
    let template = Template {
        parameters,
        profile: members.required("profile")?,
        config: config.map(Members::into_map).unwrap_or_default(),
    };
    members.end()?;
    check_gaps(
        "template.profile",
        &Value::from(template.profile.clone()),
        &template,
    )?;
    for (key, value) in &template.config {
        check_gaps(&format!("template.config.{key}"), value, &template)?;
    }
    for parameter in &template.parameters {
        if let Some(other) = &parameter.within {
            let at = format!("template.parameters.{}.within", parameter.name);
            expect(&at, other, &template, true)?;
        }
    }
    Ok(Some(template))
}

fn parameter(name: String, mut members: Members) -> Result<Parameter, PresetError> {
    let at = members.path("kind");
    let kind = match members.required("kind")?.as_str() {
        "host" => Kind::Host,
        "text" => Kind::Text,
        "list" => Kind::List,
        "choice" => Kind::Choice(members.texts("values")?),
        _ => {
            let why = "it must be host, text, list or choice";
            return Err(PresetError::malformed(at, why));
        }
    };
    let parameter = Parameter {
        name,
        about: members.required("about")?,
        kind,
        default: members.text("default")?,
        is_optional: members.flag("optional")?,
        within: members.text("within")?,
    };
    members.end()?;
    Ok(parameter)
}

/// Every gap has its parameter, and only a whole item of a list may be a list.
fn check_gaps(at: &str, value: &Value, template: &Template) -> Result<(), PresetError> {
    match value {
        Value::String(text) => {
            let names =
                gaps(text).ok_or_else(|| PresetError::malformed(at, "a brace has no partner"))?;
            names
                .into_iter()
                .try_for_each(|name| expect(at, name, template, false))
        }
        Value::Array(items) => items.iter().try_for_each(|item| match item.as_str() {
            Some(text)
                if text.starts_with('{')
                    && gaps(text).is_some_and(|gaps| gaps.len() == 1)
                    && text.ends_with('}') =>
            {
                let name = text.trim_matches(['{', '}']);
                template_has(at, name, template).map(drop)
            }
            _ => check_gaps(at, item, template),
        }),
        _ => Ok(()),
    }
}

fn expect(at: &str, name: &str, template: &Template, list: bool) -> Result<(), PresetError> {
    if template_has(at, name, template)?.kind.is_list() == list {
        return Ok(());
    }
    let why = format!("the parameter {name} is of another kind");
    Err(PresetError::malformed(at, why))
}

fn template_has<'a>(
    at: &str,
    name: &str,
    template: &'a Template,
) -> Result<&'a Parameter, PresetError> {
    let found = template.parameters.iter().find(|known| known.name == name);
    found.ok_or_else(|| PresetError::malformed(at, format!("there is no parameter {name}")))
}

fn cache(members: &mut Members) -> Result<Option<CacheRules>, PresetError> {
    const MODES: [&str; 3] = ["read_write", "reauth", "noop"];
    let Some(mut cache) = members.object("cache")? else {
        return Ok(None);
    };
    let at = cache.path("file");
    let file = PathBuf::from(relative(&at, &cache.required("file")?)?);
    let at = cache.path("modes");
    let refuse = || PresetError::malformed(&at, "it must be a list of read_write, reauth, noop");
    let Some(Value::Array(modes)) = cache.take("modes") else {
        return Err(refuse());
    };
    let modes = modes
        .iter()
        .map(|mode| {
            mode.as_str()
                .filter(|mode| MODES.contains(mode))
                .map(str::to_owned)
        })
        .collect::<Option<Vec<_>>>()
        .ok_or_else(refuse)?;
    cache.end()?;
    Ok(Some(CacheRules { file, modes }))
}
