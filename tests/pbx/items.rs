//! Items of `SRTP()`, told in the log by the dialplan.

/// Steps of an extension that tell these items.
pub fn telling(items: &[&str]) -> String {
    items.iter().map(|item| format!(" same => n,Verbose(0,ITEM {item}=${{SRTP({item})}}|)\n")).collect()
}

/// What a log tells of an item.
pub fn told<'a>(log: &'a str, item: &str) -> &'a str {
    let (_, rest) = log.split_once(&format!("ITEM {item}=")).unwrap_or_else(|| panic!("no {item} in {log}"));
    rest.split_once('|').unwrap().0
}
