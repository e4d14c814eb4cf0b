//! Renewal: what stays, what may change, and whose it is.

use crate::{tool, with_authority};

#[test]
fn renewal_keeps_names_and_what_it_is_for() {
    let tool = with_authority("cert-renew");
    tool.make("server --alt DNS:pbx.test,IP:127.0.0.1,URI:sip:pbx.test --also-client --days 10").unwrap();
    let fields = |file: &str| {
        let words = format!("x509 -in {file} -noout -subject -issuer -ext subjectAltName,extendedKeyUsage");
        tool.openssl(&words).unwrap()
    };
    let (before, key, old) = (fields("asterisk.crt"), tool.read("asterisk.key"), tool.read("asterisk.crt"));
    tool.make("renew asterisk.crt --days 20").unwrap();
    assert_eq!(fields("asterisk.crt"), before);
    assert_eq!(fields("asterisk.pem"), before);
    assert_eq!(tool.read("asterisk.key").unwrap(), key.unwrap());
    assert_ne!(tool.read("asterisk.crt").unwrap(), old.unwrap());
    tool.openssl("x509 -in asterisk.crt -noout -checkend 1209600").unwrap();
    let key = tool.read("asterisk.key").unwrap();
    tool.make("renew asterisk.pem --new-key").unwrap();
    assert_eq!(fields("asterisk.crt"), before);
    assert_ne!(tool.read("asterisk.key").unwrap(), key);
    tool.make("check -c ca.crt asterisk.crt asterisk.pem").unwrap();
    // The authority keeps its key, so what it issued stays good.
    tool.make("renew ca.crt").unwrap();
    tool.make("check -c ca.crt asterisk.crt").unwrap();
    tool.run("renew ca.crt --new-key").unwrap().faults(&["with a new key is another one"]).unwrap();
    std::fs::create_dir(tool.file("other")).unwrap();
    tool.make("ca --cn Other --dir other").unwrap();
    let other = tool.run("renew asterisk.crt --ca other/ca.crt").unwrap();
    other.faults(&["another authority issued this certificate"]).unwrap();
    tool.run("renew none.crt").unwrap().faults(&["none.crt: beside it there must be files"]).unwrap();
}

/// A `.pem` that phones are given, or the certificate of a PBX without its key, stays free of keys.
#[test]
fn renewal_puts_no_key_where_none_was() {
    let tool = with_authority("cert-renew-keys");
    tool.make("server --alt DNS:pbx.test --days 10").unwrap();
    for name in ["ca", "asterisk"] {
        let (from, to) = (tool.file(&format!("{name}.crt")), tool.file(&format!("{name}.pem")));
        std::fs::copy(from, &to).unwrap();
        let before = tool.read(&format!("{name}.pem")).unwrap();
        tool.make(&format!("renew {name}.crt")).unwrap();
        assert_eq!(tool.read(&format!("{name}.pem")).unwrap(), before);
        let renew = tool.run(&format!("renew {name}.pem")).unwrap();
        renew.faults(&["is not one of the files that would be renewed"]).unwrap();
    }
}

#[test]
fn an_authority_with_more_than_ours_have_is_renewed_elsewhere() {
    let tool = tool("cert-foreign");
    let make = |name: &str, more: &str| {
        let words = format!(
            "req -x509 -newkey rsa:2048 -nodes -subj /CN={name} -keyout {name}.key -out {name}.crt -days 9{more}"
        );
        tool.openssl(&words).unwrap();
    };
    make("plain", "");
    tool.make("renew plain.crt").unwrap();
    let shown = tool.openssl("x509 -in plain.crt -noout -ext basicConstraints").unwrap();
    assert!(shown.contains("CA:TRUE") && !shown.contains("pathlen"), "{shown}");
    make("narrow", " -addext nameConstraints=critical,permitted;DNS:.example.com");
    tool.run("renew narrow.crt").unwrap().faults(&["Name Constraints\" cannot be kept"]).unwrap();
}
