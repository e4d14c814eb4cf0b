//! The code blocks of documents.

use std::fs;
use voxseal_rig::places::repository;

/// One block: what stands behind its first fence, its lines, and where it begins.
pub struct Block {
    pub heading: String,
    pub tag: String,
    pub text: String,
    pub line: usize,
}

/// The documents whose blocks are held to be true.
pub fn documents() -> Vec<String> {
    let pages = ["docs", "docs/guides"].into_iter().flat_map(pages_in);
    let mut documents: Vec<String> = pages.chain(["README.md".into(), "SECURITY.md".into()]).collect();
    documents.sort();
    documents
}

fn pages_in(folder: &str) -> impl Iterator<Item = String> {
    let entries = fs::read_dir(repository().join(folder)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    names.filter(|name| name.ends_with(".md")).map(move |name| format!("{folder}/{name}"))
}

/// The blocks of a document, in order.
pub fn blocks(document: &str) -> impl Iterator<Item = Block> {
    let text = fs::read_to_string(repository().join(document)).unwrap();
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    let mut heading = String::new();
    for (line, content) in text.lines().enumerate() {
        match (&mut open, content.strip_prefix("```")) {
            (None, Some(tag)) => {
                open = Some(Block {
                    heading: heading.clone(),
                    tag: tag.to_owned(),
                    text: String::new(),
                    line: line + 1,
                });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(block), None) => block.text += &format!("{content}\n"),
            (None, None) => {
                if let Some(next) = content.strip_prefix("## ") {
                    heading = next.to_owned();
                }
            }
        }
    }
    assert!(open.is_none(), "{document}: a block has no end");
    blocks.into_iter()
}
