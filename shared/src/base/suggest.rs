//! The known word that a mistyped one was probably meant to be.

/// Returns the candidate nearest to `word`, or `None` if no candidate is near enough to be meant.
///
/// ```
/// # use shared::base::suggest::nearest;
/// assert_eq!(nearest("tf-training-singel", ["jupyter", "tf-training-single"]), Some("tf-training-single"));
/// assert_eq!(nearest("zebra", ["jupyter"]), None);
/// ```
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = word.to_lowercase();
    candidates
        .into_iter()
        .map(|it| (strsim::jaro_winkler(&wanted, &it.to_lowercase()), it))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, it)| it)
}
