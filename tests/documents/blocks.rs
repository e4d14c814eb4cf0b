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
    let guides = fs::read_dir(repository().join("docs/guides")).unwrap();
    let names = guides.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let mut documents: Vec<String> =
        names.filter(|name| name.ends_with(".md")).map(|name| format!("docs/guides/{name}")).collect();
    documents.sort();
    let others = ["docs/cli.md", "docs/dialplan.md", "docs/events.md", "README.md", "SECURITY.md"];
    documents.extend(others.map(str::to_owned));
    documents
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
