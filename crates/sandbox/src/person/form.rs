//! Finds the form on a page of ours. It knows the HTML that `crate::pages` writes and no other.

/// A form with its fields and the names of its buttons.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) action: String,
    pub(super) fields: Vec<(String, String)>,
    pub(super) buttons: Vec<String>,
}

impl Form {
    /// Finds the first form of a page.
    pub(super) fn find(html: &str) -> Option<Self> {
        let (_, rest) = html.split_once("<form ")?;
        let (form, _) = rest.split_once("</form>")?;
        let action = attribute(form.split('>').next()?, "action")?;
        let inputs = tags(form, "<input ");
        let fields = inputs
            .filter_map(|tag| {
                Some((
                    attribute(tag, "name")?,
                    attribute(tag, "value").unwrap_or_default(),
                ))
            })
            .collect();
        let buttons = tags(form, "<button ")
            .filter_map(|tag| attribute(tag, "name"))
            .collect();
        Some(Self {
            action,
            fields,
            buttons,
        })
    }
}

fn tags<'h>(html: &'h str, start: &'h str) -> impl Iterator<Item = &'h str> {
    html.split(start)
        .skip(1)
        .filter_map(|rest| rest.split('>').next())
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let wanted = format!("{name}=\"");
    let at = tag
        .match_indices(&wanted)
        .map(|(at, _)| at)
        .find(|&at| at == 0 || tag.get(..at).is_some_and(|before| before.ends_with(' ')))?;
    let value = tag.get(at + wanted.len()..)?.split('"').next()?;
    Some(unescape(value))
}

fn unescape(text: &str) -> String {
    // The ampersand comes last, or an escaped entity would be read twice.
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::escape;

    #[test]
    fn form_is_read_as_it_was_escaped() {
        let odd = r#"<"a' & b>&amp;"#;
        let html = format!(
            "<form method=\"post\" action=\"{0}\"><input type=\"hidden\" name=\"x\" value=\"{0}\">\
             <button name=\"decision\" value=\"deny\">No</button></form>",
            escape(odd)
        );
        let form = Form::find(&html).unwrap();
        assert_eq!(form.action, odd);
        assert_eq!(form.fields, [("x".to_owned(), odd.to_owned())]);
        assert_eq!(form.buttons, ["decision"]);
    }
}
