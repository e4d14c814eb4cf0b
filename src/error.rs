//! One error type for the crate. Each variant has a fixed number in the C ABI,
//! in bands: caller's mistake 1–99, this packet 100–199, this crypto attribute
//! 200–299, keys 300–399, TLS 400–499, our bug 900–999. A number is never used
//! again.

use core::fmt;

macro_rules! errors {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $text:literal;)*) => {
        /// Why something was refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(i32)]
        #[non_exhaustive]
        pub enum Error {
            $($(#[$doc])* $name = $number,)*
        }

        impl Error {
            /// Every error, in the order of their numbers.
            pub const ALL: &[Error] = &[$(Error::$name),*];

            /// One sentence without a full stop; never holds a secret.
            pub fn text(self) -> &'static str {
                match self { $(Error::$name => $text,)* }
            }

            /// The same text for C: ends in a NUL byte.
            pub fn c_text(self) -> &'static core::ffi::CStr {
                match self {
                    $(Error::$name => {
                        const TEXT: &core::ffi::CStr =
                            match core::ffi::CStr::from_bytes_with_nul(concat!($text, "\0").as_bytes()) {
                                Ok(text) => text,
                                Err(_) => c"",
                            };
                        TEXT
                    })*
                }
            }
        }
    };
}

errors! {
    /// A required pointer was NULL.
    NullPointer = 1, "a required pointer is NULL";
    /// A handle that never was, or is no longer, valid.
    BadHandle = 2, "the handle is not or no longer valid";
    /// The output buffer is too small.
    BufferTooSmall = 3, "the output buffer is too small";
    /// An argument holds a value that has no meaning.
    BadArgument = 4, "an argument has a value without a meaning";
    /// A struct's `struct_size` is smaller than this version can read.
    StructSize = 5, "struct_size is not set or too small";
    /// The session table is full.
    TableFull = 6, "the session table is full";
    /// A call came before the one that it depends on.
    BadState = 7, "this call is not possible in the object's state";
    /// A provider of primitives that is not built in or does not work here.
    ProviderUnavailable = 8, "this provider of cryptography is not built in or does not work here";
    /// The provider of primitives failed.
    ProviderFailed = 9, "the provider of cryptography failed";
    /// No profile has this name.
    UnknownProfile = 10, "no profile has this name";
    /// A setting that is not known, malformed or does not go with the others.
    SettingRefused = 11, "the setting is not known, malformed or does not go with the others";

    /// Not an RTP or RTCP packet, or too short to be one.
    PacketMalformed = 100, "the packet is not a well-formed RTP or RTCP packet";
    /// Longer than the engine handles.
    PacketTooLong = 101, "the packet is longer than the engine handles";
    /// The tag does not fit the packet.
    AuthFailed = 102, "authentication failed";
    /// A packet with this index was accepted before.
    Replayed = 103, "the packet was received before";
    /// Older than the replay window.
    TooOld = 104, "the packet is older than the replay window";
    /// No key is set for this direction.
    NoKey = 105, "no key is set for this direction";
    /// Another packet was already sent with this index.
    IndexReused = 106, "another packet was already protected with this index";
    /// The master key has protected as many packets as it may.
    LifetimeExhausted = 107, "the master key has reached its lifetime";
    /// SRTCP packet whose E flag says that it is not encrypted.
    NotEncrypted = 108, "the SRTCP packet is not encrypted";
    /// More streams than a session holds.
    TooManyStreams = 109, "the session holds as many streams as it may";
    /// The packet names a master key identifier that is not known.
    UnknownMki = 110, "the packet's MKI names no known key";

    /// Not of the shape of RFC 4568 §9.1.
    AttributeSyntax = 200, "the crypto attribute is malformed";
    /// Longer than a crypto attribute may be.
    AttributeTooLong = 201, "the crypto attribute is too long";
    /// The attribute's tag is not 1 to 9 digits.
    AttributeTag = 202, "the crypto attribute's tag is not a number of 1 to 9 digits";
    /// A suite that is not known.
    UnknownSuite = 203, "the crypto-suite is not known";
    /// A suite that the settings leave out.
    SuiteNotAllowed = 204, "the crypto-suite is not in the list of allowed suites";
    /// A key method other than `inline`.
    KeyMethod = 205, "the key method is not inline";
    /// No key, or not strict base64.
    KeyEncoding = 206, "the inline key is missing or not strict base64";
    /// A lifetime that is zero, above the maximum or malformed.
    LifetimeSyntax = 207, "the lifetime is zero, malformed or above the suite's maximum";
    /// A lifetime below the minimum that the settings demand.
    LifetimeTooShort = 208, "the lifetime is below the minimum";
    /// MKI malformed, out of 1 to 128 bytes, or not alike on all keys.
    MkiSyntax = 209, "the MKI is malformed or not alike on all keys of the line";
    /// A session parameter that is malformed or not known.
    SessionParameter = 210, "a session parameter is malformed or not known";
    /// A session parameter that weakens the call and is not allowed.
    ParameterRefused = 211, "a session parameter that is refused by policy";
    /// The answer's tag is none that was offered.
    AnswerTag = 212, "the answer's tag was not offered";
    /// The answer's suite is not the one offered under its tag.
    AnswerSuite = 213, "the answer's suite is not the one offered under this tag";
    /// An MKI, and the settings accept none.
    MkiRefused = 214, "an MKI is not accepted";
    /// Another line of the same offer is preferred.
    NotPreferred = 215, "another line of the same offer is preferred";

    /// Key and salt have not the lengths of the suite.
    KeyLength = 300, "master key and salt do not have the suite's length";
    /// The master key is all zeros.
    KeyAllZero = 301, "the master key is all zeros";
    /// The random source failed.
    Random = 302, "the operating system's random source failed";
    /// The peer sends back the key that we sent.
    KeyReflected = 303, "the peer's key is our own key";

    /// The session replaced this key so long ago that what was used under it is forgotten.
    KeyReused = 304, "this key was replaced too long ago in this session to be used again";
    /// More keys than a session holds or remembers.
    TooManyKeys = 305, "the session has gone through as many keys as it may";

    /// A file of certificates or keys is not there.
    TlsFileMissing = 400, "the file does not exist";
    /// A file that this user may not read, or that cannot be read at all.
    TlsFileUnreadable = 401, "the file cannot be read by this user";
    /// A key that others than its owner can read.
    TlsKeyExposed = 402, "the key can be read by others than its owner";
    /// No private key in the files.
    TlsNoKey = 403, "there is no private key in the files";
    /// No certificate in the files.
    TlsNoCertificate = 404, "there is no certificate in the files";
    /// The key belongs to another certificate.
    TlsKeyMismatch = 405, "the private key belongs to another certificate";
    /// The certificates do not follow each other.
    TlsChainOrder = 406, "the certificates are not in order, each followed by its issuer's";
    /// An intermediate certificate is missing.
    TlsChainIncomplete = 407, "a certificate between the first one and its root is missing";
    /// A certificate whose time is over.
    TlsExpired = 408, "a certificate has expired";
    /// A certificate whose time is to come.
    TlsNotYetValid = 409, "a certificate is not yet valid";
    /// The key is encrypted, and the passphrase is missing or wrong.
    TlsPassphrase = 410, "the passphrase of the key is missing or wrong";
    /// A key that is too short to be of use.
    TlsWeakKey = 411, "the key is too weak";
    /// What stands in the file is damaged.
    TlsFileMalformed = 412, "the file is damaged or has more than one key";

    /// The connection's protocol version is below the minimum.
    TlsVersion = 420, "the TLS version is older than allowed";
    /// The connection's cipher is below the minimum.
    TlsCipher = 421, "the TLS cipher is weaker than allowed";
    /// The peer showed no certificate.
    TlsNoPeerCertificate = 422, "the peer showed no certificate";
    /// The peer's chain leads to no authority that is trusted.
    TlsUntrusted = 423, "no trusted authority issued the peer's certificate";
    /// The peer's certificate was revoked, or that is not known.
    TlsRevoked = 424, "the peer's certificate was revoked, or its revocation list cannot be used";
    /// The peer's certificate is for another purpose.
    TlsPurpose = 425, "the peer's certificate is for another purpose";
    /// The peer's certificate is for another name.
    TlsName = 426, "the peer's certificate is for another name";
    /// None of the allowed names is the peer's.
    TlsNotAllowed = 427, "none of the allowed names is in the peer's certificate";

    /// The handshake failed.
    TlsHandshake = 430, "the TLS handshake failed";
    /// The handshake took longer than allowed.
    TlsHandshakeTimeout = 431, "the TLS handshake took longer than allowed";
    /// The peer sent more than allowed before the handshake was over.
    TlsHandshakeTooLong = 432, "the peer sent more than allowed before its TLS handshake was over";
    /// As many handshakes as allowed are under way.
    TlsHalfOpen = 433, "as many TLS handshakes as allowed are under way";
    /// The peer ended the connection by an alert.
    TlsPeerAlert = 434, "the peer ended the TLS connection by an alert";
    /// The connection was closed, by the peer or by us.
    TlsClosed = 435, "the TLS connection is closed";
    /// The peer's bytes ended without a close-notify.
    TlsTruncated = 436, "the TLS connection was cut off without a close-notify";
    /// The handshake is not over.
    TlsNotEstablished = 437, "the TLS handshake is not over";
    /// What has arrived must be read, or what is to be sent be taken, first.
    TlsBacklog = 438, "read what has arrived, or take what is to be sent, first";
    /// A record that is damaged or out of place.
    TlsRecord = 439, "a TLS record is damaged or out of place";
    /// Nothing was loaded into the context.
    TlsNotLoaded = 440, "the TLS context was not loaded, or has no certificate for servers";

    /// A panic was caught at the boundary; the handle is out of use.
    Poisoned = 900, "an internal error put this object out of use; please report it";
}

impl Error {
    /// The number in the C ABI.
    pub fn number(self) -> i32 {
        self as i32
    }

    /// The error with this number.
    pub fn from_number(number: i32) -> Option<Error> {
        Error::ALL.iter().copied().find(|error| error.number() == number)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl core::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_unique_and_in_their_bands() {
        let mut last = 0;
        for error in Error::ALL {
            assert!(error.number() > last, "{error:?}");
            last = error.number();
            assert_eq!(Error::from_number(last), Some(*error));
            assert_eq!(error.c_text().to_str().unwrap(), error.text());
        }
    }
}
