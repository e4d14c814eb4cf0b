//! Checks of `voxseal-cert`; tests/cert_tool.rs has more of them.

use voxseal_rig::Result;
use voxseal_rig::tool::{Said, Tool};

fn with_certificate(name: &str, words: &str) -> Result<Tool> {
    let tool = Tool::new(name)?;
    tool.make("ca")?;
    tool.make(words)?;
    Ok(tool)
}

/// Fails unless all of these words are in the text.
pub fn says(text: &str, words: &[&str]) -> Result<()> {
    match words.iter().find(|word| !text.contains(**word)) {
        Some(missing) => Err(format!("no \"{missing}\" in {text}").into()),
        None => Ok(()),
    }
}

/// M10: an authority and a certificate as the how-to has them, held against OpenSSL.
pub fn how_to() -> Result<()> {
    let tool = with_certificate("cert-m10", "server --alt DNS:pbx.test")?;
    says(&tool.openssl("verify -x509_strict -CAfile ca.crt asterisk.crt")?, &["asterisk.crt: OK"])?;
    says(
        &tool.openssl("x509 -in asterisk.crt -noout -text")?,
        &["ecdsa-with-SHA256", "DNS:pbx.test", "TLS Web Server Authentication"],
    )
}

/// F1: what is wrong with files, each with its own sentence, and never silence.
pub fn files_and_rights() -> Result<()> {
    let tool = with_certificate("cert-f1", "server --alt DNS:pbx.test")?;
    tool.make("server --alt DNS:other.test --output other")?;
    tool.make("check --ca ca.crt asterisk.pem")?;
    tool.set_mode("asterisk.pem", 0o644)?;
    tool.run("check asterisk.pem")?.faults(&["its mode is 0644 and its owner user"])?;
    tool.run("check --owner 12345 other.pem")?.faults(&["should be user 12345"])?;
    tool.join("no-key.pem", &["asterisk.crt"])?;
    tool.run("check no-key.pem")?.faults(&["there is no private key"])?;
    tool.join("no-certificate.pem", &["asterisk.key"])?;
    tool.run("check no-certificate.pem")?.faults(&["there is no certificate"])?;
    tool.join("wrong-order.pem", &["ca.crt", "asterisk.crt", "asterisk.key"])?;
    tool.run("check wrong-order.pem")?.faults(&["put the key's certificate first"])?;
    tool.run("check none.pem")?.faults(&["none.pem: there is no such file"])?;
    // Several faults are several sentences, also of one file.
    tool.run("check --name no.test --role client asterisk.pem")?.faults(&[
        "its mode is 0644",
        "does not cover no.test",
        "the certificate is for servers",
    ])
}

/// F2: a key that is another's is found before any handshake.
pub fn key_of_another() -> Result<()> {
    let tool = with_certificate("cert-f2", "server --alt DNS:pbx.test")?;
    tool.make("server --alt DNS:other.test --output other")?;
    tool.join("agent.pem", &["asterisk.crt", "other.key"])?;
    let sentence = "the key is not that of the certificate of pbx.test";
    tool.run("check agent.pem")?.faults(&[sentence])?;
    tool.run("check --key other.key asterisk.crt")?.faults(&[sentence])
}

/// F4: the verbs and flags of gentls_cert.
pub fn gentls_cert() -> Result<()> {
    let tool = Tool::new("cert-f4")?;
    let rest = "-cn pbx.test -alt DNS:pbx.test -alt DNS:sip.test -org Example -days 2190";
    for (verb, file) in
        [("setup", ""), ("create_server", "-out agent.pem"), ("create_client", "-out phone.pem")]
    {
        let said = tool.make(format!("{verb} {rest} {file}").trim())?;
        says(&said.err, &["the flags of gentls_cert are understood", "voxseal-cert "])?;
    }
    tool.openssl("verify -CAfile ca.crt -purpose sslserver -verify_hostname sip.test agent.pem")?;
    tool.openssl("verify -CAfile ca.crt -purpose sslclient phone.pem")?;
    tool.openssl("x509 -in agent.pem -noout -checkend 189000000")?;
    tool.make("check --ca ca.crt --name pbx.test --role server agent.pem")?;
    tool.run("create_server -org Example")?.faults(&["there is no name that the certificate is for"])?;
    tool.run("remove")?.faults(&["add --yes"])?;
    tool.make("remove --yes")?;
    if tool.file("ca.key").exists() { Err("the authority is still there".into()) } else { Ok(()) }
}

/// F5: names, as one asks for them and as the certificate has them.
pub fn names() -> Result<()> {
    let tool = with_certificate("cert-f5", "server --alt DNS:pbx.test,DNS:*.sip.test,IP:192.0.2.1")?;
    for name in ["pbx.test", "PBX.test", "a.sip.test", "192.0.2.1"] {
        tool.make(&format!("check --name {name} asterisk.pem"))?;
    }
    for name in ["sip.test", "a.b.sip.test", "other.test", "192.0.2.2"] {
        let said = tool.run(&format!("check --name {name} asterisk.pem"))?;
        says(&said.err, &["the certificate", name])?;
        said.good().err().ok_or(format!("{name} is covered"))?;
    }
    let nameless = tool.run("server --cn pbx.test")?;
    if nameless.code == 2 { Ok(()) } else { Err(format!("without a name: {nameless:?}").into()) }
}

/// F6: what is shown is what OpenSSL shows.
pub fn shown() -> Result<()> {
    let tool = with_certificate("cert-f6", "server --alt DNS:pbx.test,IP:127.0.0.1")?;
    let Said { out: shown, .. } = tool.make("show asterisk.crt")?;
    let fields =
        tool.openssl("x509 -in asterisk.crt -noout -dates -dateopt iso_8601 -fingerprint -sha256")?;
    for line in fields.lines() {
        let value = line.split_once('=').map_or(line, |(_, value)| value);
        says(&shown, &[value.trim_end_matches('Z')])?;
    }
    says(&shown, &["CN=pbx.test", "DNS pbx.test, IP 127.0.0.1", "TLS server"])
}

/// S3: the flags of ast_tls_cert, in both forms of the how-to.
pub fn ast_tls_cert() -> Result<()> {
    let tool = Tool::new("cert-s3")?;
    let said = tool.make("-C pbx.test -O Example -d .")?;
    says(&said.err, &["the flags of ast_tls_cert are understood", "--alt DNS:pbx.test"])?;
    tool.make("-m client -c ca.crt -k ca.key -C phone.test -O Example -d . -o malcolm")?;
    tool.make("-m client -c ca.crt -k ca.key -C 192.0.2.7 -d . -o address")?;
    tool.openssl("verify -CAfile ca.crt -purpose sslserver -verify_hostname pbx.test asterisk.crt")?;
    tool.openssl("verify -CAfile ca.crt -purpose sslclient -verify_hostname phone.test malcolm.crt")?;
    tool.openssl("verify -CAfile ca.crt -purpose sslclient -verify_ip 192.0.2.7 address.crt")?;
    tool.make("check --ca ca.crt asterisk.crt asterisk.pem malcolm.crt").map(|_| ())
}

/// A3: each in a file of its own, for phones that fetch them by TFTP, and together.
pub fn separate_and_combined() -> Result<()> {
    let tool = with_certificate("cert-a3", "server --alt DNS:pbx.test")?;
    for (file, certificates, keys) in
        [("ca.crt", 1, 0), ("asterisk.crt", 1, 0), ("asterisk.key", 0, 1), ("asterisk.pem", 1, 1)]
    {
        let text = tool.read(file)?;
        let found = (text.matches("BEGIN CERTIFICATE").count(), text.matches("BEGIN PRIVATE KEY").count());
        if found != (certificates, keys) {
            return Err(format!("{file} has {found:?} certificates and keys").into());
        }
    }
    let key_of = |file: &str| tool.openssl(&format!("pkey -in {file} -pubout"));
    let certified = tool.openssl("x509 -in asterisk.crt -noout -pubkey")?;
    if key_of("asterisk.key")? == certified && key_of("asterisk.pem")? == certified {
        return Ok(());
    }
    Err("the files have different keys".into())
}
