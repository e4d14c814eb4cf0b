//! `voxseal.conf` from a database: static realtime of the host, with SQLite.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use voxseal_rig::caller::{Caller, Offer};
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::places::fresh_folder;
use voxseal_rig::sdp::Attribute;
use voxseal_rig::wait::PATIENCE;

const LONG: &str = "AES_CM_128_HMAC_SHA1_80";
const GCM: &str = "AEAD_AES_128_GCM";

/// A table as the host wants it, in a file of its own.
struct Database {
    folder: PathBuf,
}

impl Database {
    fn new() -> Database {
        let database = Database { folder: fresh_folder("database").unwrap() };
        database.run(
            "create table ast_config (id integer primary key, cat_metric int, var_metric int, \
             commented int default 0, filename text, category text, var_name text, var_val text)",
        );
        database
    }

    fn file(&self) -> PathBuf {
        self.folder.join("settings.sqlite3")
    }

    fn run(&self, sql: &str) {
        let status = Command::new("sqlite3")
            .args(["-cmd", ".timeout 5000"])
            .arg(self.file())
            .arg(sql)
            .status()
            .unwrap();
        assert!(status.success(), "sqlite3 (package sqlite3): {sql}");
    }

    /// These rows of section, name and value in the place of those before.
    fn set(&self, rows: &[[&str; 3]]) {
        let mut sql = String::from("begin; delete from ast_config; ");
        for (nth, [section, name, value]) in rows.iter().enumerate() {
            sql += &format!(
                "insert into ast_config (cat_metric, var_metric, filename, category, var_name, var_val) \
                 values (0, {nth}, 'voxseal.conf', '{section}', '{name}', '{value}'); "
            );
        }
        self.run(&(sql + "commit"));
    }
}

fn start(database: &Path) -> Pbx {
    let config = PbxConfig::new("realtime", Module::Ours).unwrap();
    let config = config
        .with("modules.conf", "load=res_config_sqlite3.so\n")
        .with("extconfig.conf", "[settings]\nvoxseal.conf => sqlite3,main,ast_config\n")
        .with(
            "res_config_sqlite3.conf",
            &format!("[main]\ndbfile => {}\n; others write too\nbatch => 0\n", database.display()),
        );
    Pbx::start(config).unwrap()
}

/// The suite of the PBX's answer to an offer of two.
fn answered(pbx: &Pbx) -> &'static str {
    let mut caller = Caller::connect(pbx).unwrap();
    let offers = [(1, LONG), (2, GCM)].map(|(tag, name)| Offer::named(tag, name).unwrap());
    let (mut dialog, answer) =
        caller.offer("echo", &[offers[0].line.as_bytes(), offers[1].line.as_bytes()]).unwrap();
    assert_eq!(answer.status(), Some(200), "{}", answer.head);
    let (_, suite) = Attribute::only_one_of(&answer.body).unwrap().tag_and_suite().unwrap();
    caller.ua.bye(&mut dialog).unwrap();
    suite.name
}

#[test]
fn settings_in_a_database_are_taken_at_start_and_at_reload_and_bad_ones_refused_with_section_and_reason() {
    let database = Database::new();
    // The last row of an option counts; sections may stand in any order.
    database.set(&[
        ["general", "accept", "all"],
        ["general", "suites", "default"],
        ["office", "like", "grandstream"],
        ["general", "accept", GCM],
        ["general", "suites", GCM],
    ]);
    let pbx = start(&database.file());
    assert_eq!(answered(&pbx), GCM);

    database.set(&[["general", "accept", "all"], ["office", "order", "nobodys"]]);
    pbx.cli("module reload res_srtp.so").unwrap();
    let refused = pbx.wait_for_log("voxseal.conf, [office]: ", PATIENCE).unwrap();
    assert!(refused.contains("ERROR") && refused.contains("nobodys"), "{refused}");
    pbx.wait_for_log("the settings from before stay", PATIENCE).unwrap();
    assert_eq!(answered(&pbx), GCM);

    database.set(&[["tls", "watch", "sometimes"]]);
    pbx.cli("module reload res_srtp.so").unwrap();
    let refused = pbx.wait_for_log("voxseal.conf, [tls]: watch: ", PATIENCE).unwrap();
    assert!(refused.contains("sometimes"), "{refused}");

    database.set(&[["general", "accept", "all"]]);
    pbx.cli("module reload res_srtp.so").unwrap();
    pbx.wait_for_log("voxseal.conf was read", PATIENCE).unwrap();
    assert_eq!(answered(&pbx), LONG);
    pbx.stop().unwrap();
    fs::remove_dir_all(&database.folder).unwrap();
}
