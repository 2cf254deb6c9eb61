/// Every setting: the name below the prefix, the default, and what it is. Shown by `keystile serve --help`.
pub const KNOWN: &[(&str, &str, &str)] = &[
    ("DATA", "./keystile-data", "folder of the database and, without MASTER_KEY, of the master key"),
    (
        "CONFIG",
        "",
        "file with these settings in TOML, `kv.namespace_id` for KV__NAMESPACE_ID; the environment wins",
    ),
    (
        "DATABASE__URL",
        "",
        "database of PostgreSQL in place of the one in DATA, such as postgres://user:password@host/keystile?sslmode=verify-full",
    ),
    ("LISTEN", "127.0.0.1:8420", "address of the HTTP server"),
    (
        "TLS__CERTIFICATE",
        "",
        "PEM file of the server's certificate and its chain; with TLS__KEY, the server speaks TLS",
    ),
    ("TLS__KEY", "", "PEM file of the certificate's private key"),
    (
        "PROXY__TRUSTED",
        "",
        "addresses and networks of proxies that say who the client is, such as `10.0.0.0/8, ::1`",
    ),
    ("PROXY__HEADER", "X-Forwarded-For", "how they say it: `X-Forwarded-For` or `Forwarded`"),
    ("CLOCK_CHECK", "true", "whether nothing is changed while the clock and the store's are over 30 s apart"),
    ("PUBLIC_URL", "http://LISTEN", "where clients reach the server"),
    (
        "SIGN_IN__PASSKEY",
        "optional",
        "`required`: nobody signs in by name without a passkey; whoever has none may only register one after the password",
    ),
    (
        "MASTER_KEY",
        "",
        "base64 of 32 bytes that seal private keys, or two: NEW OLD; without it DATA/master.key is made",
    ),
    (
        "MASTER_KEY_FROM",
        "local",
        "what makes and opens the master key: `local`, a key such as https://bao.example:8200/v1/transit/keys/keystile of OpenBao, or the ARN of one of AWS KMS; two while `keystile master-key rewrap` goes from the second to the first",
    ),
    (
        "MASTER_KEY_CONTEXT",
        "keystile",
        "name of this installation, to which OpenBao and KMS bind its master key",
    ),
    ("KMS__ENDPOINT", "the region's", "another endpoint of AWS KMS"),
    ("ISSUER__ID", "main", "name of the issuer in paths"),
    ("ISSUER__ISS", "PUBLIC_URL", "`iss` of its tokens"),
    ("ISSUER__AUDIENCE", "", "`aud` of its tokens: a text or a JSON list"),
    ("JWT__PRIVATE_KEY", "", "PEM (PKCS#1 or PKCS#8) to adopt as the first active key"),
    ("JWT__PUBLIC_KEY", "", "its public half; derived when absent"),
    ("JWT__ACCESS_TOKEN_EXPIRY_SECS", "3600", "life of an access token"),
    ("JWT__REFRESH_TOKEN_EXPIRY_SECS", "2592000", "life of a refresh token"),
    ("JWT__LEEWAY_SECS", "30", "clock skew that verifiers allow"),
    ("KV__BASE_URL", "the platform's", "base of the KV REST API, up to and without `/storage/kv`"),
    ("KV__ACCOUNT_ID", "", "account that owns the namespace"),
    ("KV__NAMESPACE_ID", "", "namespace the edge reads; without it nothing is pushed"),
    ("KV__API_TOKEN", "", "API token that may write the namespace"),
    (
        "EDGE__EMERGENCY_URL",
        "",
        "an edge worker with an emergency channel: key sets are brought there beside the store",
    ),
    ("EDGE__KV_BOUND_SECS", "60", "how long the KV store may take to show a write everywhere"),
    (
        "EDGE__CACHE_TTL_SECS",
        "30",
        "`cacheTtl` of the worker's reads; for so long a published key waits to sign",
    ),
    ("EDGE__REFRESH_SECS", "5", "after so long the edge looks again"),
    ("EDGE__REPORT_WINDOW_SECS", "600", "regions that reported within this must confirm"),
    ("EDGE__READERS_SECS", "0", "the same for verifiers of other makes that keep jwks.json for longer"),
    ("ROTATION__INTERVAL_DAYS", "90", "days between rotations; 0 for never"),
    ("ROTATION__WINDOW", "always", "hours of scheduled rotations, such as `Mon-Thu 09:00-16:00 UTC`"),
    ("ROTATION__SEALED_DAYS", "0", "days the private half of a retired key is kept for a rollback"),
    ("ROTATION__KEY_BITS", "2048", "size of new keys: 2048, 3072 or 4096"),
    ("KEY_SET__LIFETIME_SECS", "604800", "how long the edge may use a key set without a newer one"),
    ("HAND_OFF__FOLDER", "", "folder below which keys are handed over as files; without it they are not"),
    (
        "HAND_OFF__CREDENTIALS",
        "$CREDENTIALS_DIRECTORY",
        "folder of the credentials for secrets managers, a file each; KEYSTILE_CREDENTIAL__NAME comes before it",
    ),
    (
        "OUTBOUND__ALLOWED_HOSTS",
        "",
        "hosts in private networks that hand-off and webhooks may call, such as `bao.internal:8200, hooks.internal`",
    ),
    (
        "OIDC__ISSUER",
        "",
        "identity provider with which people sign in: its issuer identifier, to the letter; PUBLIC_URL must be set too",
    ),
    ("OIDC__CLIENT_ID", "", "what this server is called there"),
    ("OIDC__CLIENT_SECRET", "", "how it shows who it is there"),
    ("OIDC__CLIENT_SECRET_FILE", "", "file of that secret in its place; it is read at each sign-in"),
    ("OIDC__NAME", "the issuer's host", "what people call the provider: it stands on the button"),
    ("OIDC__SCOPES", "openid profile", "what is asked for, with spaces between"),
    ("OIDC__NAME_CLAIM", "preferred_username", "claim of the ID token after which a new user is named"),
    ("OIDC__ROLE_CLAIM", "groups", "claim of the ID token that decides the role: a text or a list"),
    ("OIDC__ADMINS", "", "value of that claim, or a JSON list of several, that makes an admin"),
    ("OIDC__OPERATORS", "", "the same for an operator"),
    ("OIDC__AUDITORS", "", "the same for an auditor"),
    ("OIDC__VIEWERS", "", "the same for a viewer; whoever has none of these values is refused"),
    ("MAIL__URL", "", "mail server for alerts, such as smtps://user:password@mail.example"),
    ("MAIL__FROM", "", "sender of that mail"),
    ("MAIL__TO", "", "its receivers, with commas between"),
    (
        "BACKUP__FOLDER",
        "",
        "folder for a backup every so often; it must be there. Without it the server makes none",
    ),
    ("BACKUP__RECIPIENTS", "", "who may restore them: `age1…`, with commas between"),
    ("BACKUP__EVERY_HOURS", "24", "hours between two"),
    ("BACKUP__KEEP", "30", "how many of them are kept"),
    ("LOG__FILTER", "info", "what is logged, as tracing's EnvFilter reads it"),
    ("LOG__FORMAT", "text", "text or json"),
    ("ENV_PREFIX", "KEYSTILE", "prefix of the JWT group"),
    (
        "CORE_DUMPS",
        "forbid",
        "`allow` for debugging: its memory, and so every key in use, can then be read and dumped",
    ),
];

/// Settings that count before a file is read.
pub(super) const OF_ENVIRONMENT: [&str; 2] = ["CONFIG", "CORE_DUMPS"];

/// What keeps secrets apart from what may be shown. A name that ends so is masked, whoever adds it. The addresses of
/// the mail server and of the database carry a password.
const SECRETS: [&str; 7] =
    ["MASTER_KEY", "PRIVATE_KEY", "TOKEN", "PASSWORD", "SECRET", "MAIL__URL", "DATABASE__URL"];

/// Whether the value of a setting is a secret.
pub(super) fn is_secret(name: &str) -> bool {
    SECRETS.iter().any(|ending| name.ends_with(ending))
}

/// The setting that somebody may have meant: at most a third of the letters differ.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    let distance = |known: &str| strsim::damerau_levenshtein(name, known);
    let candidates = KNOWN.iter().map(|(known, ..)| (distance(known), *known));
    // `kv.namespace` is a beginning of the right one, however far from its end.
    let begun = KNOWN.iter().map(|(known, ..)| *known).find(|known| known.starts_with(name));
    let near =
        candidates.min().filter(|(distance, known)| *distance * 3 <= known.len()).map(|(_, known)| known);
    near.or(begun)
}
