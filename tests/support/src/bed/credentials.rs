//! An authority, one key pair for everything, and the configurations of `kubectl` that go with them.

use std::fs;
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};

const NAMES: [&str; 7] = [
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
    "localhost",
    "127.0.0.1",
    "::1",
];
/// A user without rights, of the group `viewers`.
const VIEWER: &str = "viewer";
const VIEWER_TOKEN: &str = "viewer-token";

/// What was made, as PEM and as the files in the bed's folder.
#[derive(Debug)]
pub(super) struct Credentials {
    pub(super) authority: String,
    pub(super) certificate: String,
    pub(super) key: String,
    pub(super) files: Files,
}

/// Where the credentials are.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) authority: PathBuf,
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
    pub(super) public_key: PathBuf,
    pub(super) tokens: PathBuf,
    pub(super) admin: PathBuf,
    pub(super) viewer: PathBuf,
}

impl Credentials {
    /// Makes them, for a server on this port, and writes them to the folder.
    pub(super) fn make(folder: &Path, port: u16) -> Result<Self, String> {
        let failed = |error: &dyn std::fmt::Display| format!("no certificates could be made: {error}");
        let (authority, certificate, key) = certificates().map_err(|error| failed(&error))?;
        let at = |name: &str| folder.join(name);
        let files = Files {
            authority: at("ca.crt"),
            certificate: at("admin.crt"),
            key: at("admin.key"),
            public_key: at("admin.pub"),
            tokens: at("tokens.csv"),
            admin: at("kubeconfig"),
            viewer: at("viewer.kubeconfig"),
        };
        let (certificate, private) = (certificate, key.serialize_pem());
        let encode = |text: &str| BASE64.encode(text.as_bytes());
        let by_certificate =
            format!("{{client-certificate-data: {}, client-key-data: {}}}", encode(&certificate), encode(&private));
        let by_token = format!("{{token: {VIEWER_TOKEN}}}");
        let contents = [
            (&files.authority, authority.clone()),
            (&files.certificate, certificate.clone()),
            (&files.key, private.clone()),
            (&files.public_key, key.public_key_pem()),
            (&files.tokens, format!("{VIEWER_TOKEN},{VIEWER},u1,\"viewers\"\n")),
            (&files.admin, kubeconfig(port, &encode(&authority), "admin", &by_certificate)),
            (&files.viewer, kubeconfig(port, &encode(&authority), VIEWER, &by_token)),
        ];
        for (path, content) in contents {
            fs::write(path, content).map_err(|error| failed(&error))?;
        }
        Ok(Self { authority, certificate, key: private, files })
    }
}

/// Returns the authority's certificate, and a certificate for servers and clients with its key.
fn certificates() -> Result<(String, String, KeyPair), rcgen::Error> {
    let mut of_authority = CertificateParams::default();
    of_authority.distinguished_name.push(DnType::CommonName, "bed-ca");
    of_authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    of_authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    let authority_key = KeyPair::generate()?;
    let authority = of_authority.self_signed(&authority_key)?.pem();
    let issuer = Issuer::new(of_authority, authority_key);

    let mut of_admin = CertificateParams::new(NAMES.map(str::to_owned))?;
    of_admin.distinguished_name.push(DnType::OrganizationName, "system:masters");
    of_admin.distinguished_name.push(DnType::CommonName, "bed-admin");
    of_admin.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    let key = KeyPair::generate()?;
    let certificate = of_admin.signed_by(&key, &issuer)?.pem();
    Ok((authority, certificate, key))
}

fn kubeconfig(port: u16, authority: &str, user: &str, credentials: &str) -> String {
    format!(
        "\
apiVersion: v1
kind: Config
current-context: bed
contexts:
- name: bed
  context: {{cluster: bed, user: {user}, namespace: default}}
clusters:
- name: bed
  cluster: {{server: 'https://127.0.0.1:{port}', certificate-authority-data: {authority}}}
users:
- name: {user}
  user: {credentials}
"
    )
}
