//! Tokens of an identity provider that this test plays: keys fetched, rotated, kept while it is away.

#![expect(clippy::unwrap_used, reason = "what tests share fails as tests do")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use corten_govern::Timestamp;
use corten_govern::ports::TokenVerifier as _;
use corten_govern::token::{TokenError, TokenRules};
use corten_store::Tokens;
use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const NOW: Timestamp = Timestamp::from_secs(1_000_000);
const AUDIENCE: &str = "https://gateway.example/mcp";

/// A signing key with its public half as a JWK.
struct Key {
    signing: EncodingKey,
    jwk: Value,
    raw_public: Vec<u8>,
}

fn key(id: &str) -> Key {
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref()).unwrap();
    let public = pair.public_key().as_ref().to_vec();
    let part = |range: std::ops::Range<usize>| BASE64URL_NOPAD.encode(&public[range]);
    let jwk = json!({
        "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": id, "x": part(1..33), "y": part(33..65)
    });
    Key { signing: EncodingKey::from_ec_der(document.as_ref()), jwk, raw_public: public }
}

fn token(key: &EncodingKey, id: Option<&str>, changes: &Value) -> String {
    let mut claims = json!({"iss": "ISSUER", "aud": AUDIENCE, "exp": 1_000_600, "sub": "ann", "scope": "mcp"});
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    let mut header = Header::new(Algorithm::ES256);
    header.kid = id.map(str::to_owned);
    jsonwebtoken::encode(&header, &claims, key).unwrap()
}

/// An identity provider: its metadata and its keys.
struct Provider {
    address: String,
    keys: Arc<Mutex<Option<Vec<Value>>>>,
    asked: Arc<AtomicUsize>,
}

impl Provider {
    async fn start(keys: Vec<Value>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let provider = Self { address: address.clone(), keys: Arc::new(Mutex::new(Some(keys))), asked: Arc::default() };
        let (keys, asked) = (Arc::clone(&provider.keys), Arc::clone(&provider.asked));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = vec![0; 4_096];
                let length = stream.read(&mut request).await.unwrap_or_default();
                let request = String::from_utf8_lossy(&request[..length]).into_owned();
                let set = keys.lock().unwrap().clone();
                let body = match set {
                    Some(set) if request.starts_with("GET /keys") => {
                        asked.fetch_add(1, Ordering::SeqCst);
                        Some(json!({ "keys": set }).to_string())
                    }
                    Some(_) if request.starts_with("GET /.well-known/openid-configuration") => {
                        Some(json!({"issuer": address, "jwks_uri": format!("{address}/keys")}).to_string())
                    }
                    _ => None,
                };
                let status = if body.is_some() { "200 OK" } else { "404 Not Found" };
                let body = body.unwrap_or_default();
                let answer =
                    format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                drop(stream.write_all(answer.as_bytes()).await);
            }
        });
        provider
    }

    fn tokens(&self) -> Tokens {
        drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
        let rules: TokenRules =
            serde_json::from_value(json!({"issuer": self.address, "audiences": [AUDIENCE]})).unwrap();
        Tokens::new(vec![rules], reqwest::Client::builder().no_proxy().build().unwrap())
    }

    fn issuer(&self) -> Value {
        json!({"iss": self.address})
    }

    fn with(&self, name: &str, value: Value) -> Value {
        let mut changes = self.issuer();
        changes[name] = value;
        changes
    }
}

fn later(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

#[tokio::test]
async fn a_token_is_accepted_when_everything_about_it_is_right() {
    let one = key("one");
    let provider = Provider::start(vec![one.jwk.clone()]).await;
    let tokens = provider.tokens();
    let good = token(&one.signing, Some("one"), &provider.issuer());
    let ann = tokens.verify(&good, "", NOW).await.unwrap();
    assert_eq!(ann.id(), format!("user:{}|ann", provider.address));
    let unnamed = token(&one.signing, None, &provider.issuer());
    assert!(tokens.verify(&unnamed, "", NOW).await.is_ok(), "without a key id every key is tried");
    assert_eq!(provider.asked.load(Ordering::SeqCst), 1);
    let other = key("one");
    let forged = token(&other.signing, Some("one"), &provider.issuer());
    for (what, token, expected) in [
        ("forged", forged, TokenError::Signature),
        ("expired", token(&one.signing, Some("one"), &provider.with("exp", json!(900_000))), TokenError::Expired),
        ("audience", token(&one.signing, Some("one"), &provider.with("aud", json!("other"))), TokenError::Audience),
        ("issuer", token(&one.signing, Some("one"), &json!({"iss": "https://other"})), TokenError::Issuer),
        ("early", token(&one.signing, Some("one"), &provider.with("nbf", json!(1_000_500))), TokenError::NotYet),
        ("cut", good[..good.len() - 4].to_owned(), TokenError::Signature),
    ] {
        assert_eq!(tokens.verify(&token, "", NOW).await.unwrap_err(), expected, "{what}");
    }
    assert_eq!(tokens.verify(&good, "", later(700)).await.unwrap_err(), TokenError::Expired, "also when remembered");
    let route = token(&one.signing, Some("one"), &provider.with("aud", json!("https://gateway.example/mcp/files")));
    assert!(tokens.verify(&route, "https://gateway.example/mcp/files", NOW).await.is_ok());
    assert_eq!(tokens.verify(&route, "", NOW).await.unwrap_err(), TokenError::Audience, "not for another route");
}

#[tokio::test]
async fn unsigned_tokens_and_confused_algorithms_are_refused() {
    let one = key("one");
    let provider = Provider::start(vec![one.jwk.clone()]).await;
    let tokens = provider.tokens();
    let good = token(&one.signing, Some("one"), &provider.issuer());
    let claims = good.split('.').nth(1).unwrap();
    let header = |header: Value| BASE64URL_NOPAD.encode(header.to_string().as_bytes());
    for none in ["none", "None", "NONE"] {
        for signature in ["", "AAAA"] {
            let unsigned = format!("{}.{claims}.{signature}", header(json!({"alg": none})));
            assert_eq!(tokens.verify(&unsigned, "", NOW).await.unwrap_err(), TokenError::Algorithm(none.to_owned()));
        }
    }
    // Signed with the public key as if it were a shared secret.
    let mut confused = Header::new(Algorithm::HS256);
    confused.kid = Some("one".to_owned());
    let claims: Value = serde_json::from_slice(&BASE64URL_NOPAD.decode(claims.as_bytes()).unwrap()).unwrap();
    let confused = jsonwebtoken::encode(&confused, &claims, &EncodingKey::from_secret(&one.raw_public)).unwrap();
    assert_eq!(tokens.verify(&confused, "", NOW).await.unwrap_err(), TokenError::Algorithm("HS256".to_owned()));
    assert_eq!(provider.asked.load(Ordering::SeqCst), 0, "nothing was fetched for them");
}

#[tokio::test]
async fn rotated_keys_are_fetched_but_not_for_every_unknown_name() {
    let (one, two) = (key("one"), key("two"));
    let provider = Provider::start(vec![one.jwk.clone()]).await;
    let tokens = provider.tokens();
    let with_one = token(&one.signing, Some("one"), &provider.issuer());
    let with_two = token(&two.signing, Some("two"), &provider.issuer());
    tokens.verify(&with_one, "", NOW).await.unwrap();
    for _ in 0..5 {
        assert_eq!(tokens.verify(&with_two, "", later(1)).await.unwrap_err(), TokenError::Signature);
    }
    assert_eq!(provider.asked.load(Ordering::SeqCst), 1);
    *provider.keys.lock().unwrap() = Some(vec![two.jwk.clone()]);
    tokens.verify(&with_two, "", later(11)).await.unwrap();
    let again = token(&one.signing, Some("one"), &provider.with("jti", json!("2")));
    assert_eq!(tokens.verify(&again, "", later(12)).await.unwrap_err(), TokenError::Signature, "the old key is gone");
}

#[tokio::test]
async fn known_keys_stay_good_while_the_provider_is_away() {
    let one = key("one");
    let provider = Provider::start(vec![one.jwk.clone()]).await;
    let tokens = provider.tokens();
    let long = |id: &str| {
        let mut changes = provider.with("exp", json!(2_000_000));
        changes["jti"] = json!(id);
        token(&one.signing, Some("one"), &changes)
    };
    tokens.verify(&long("1"), "", NOW).await.unwrap();
    *provider.keys.lock().unwrap() = None;
    tokens.verify(&long("2"), "", later(2 * 3_600)).await.unwrap();
    let error = tokens.verify(&long("3"), "", later(30 * 3_600)).await.unwrap_err();
    assert!(matches!(error, TokenError::Keys { .. }), "{error}");
}
