//! Mail, by the crate lettre.

use std::time::Duration;

use lettre::message::{Mailbox, Mailboxes, header};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use reqwest::Url;

use super::DeliveryError;
use crate::settings::MailSettings;

/// Whom deliveries by mail are addressed to, among the ids of webhooks.
pub const MAIL: &str = "mail";
/// A whole exchange. Mail servers may look at a mail for long, and then still take it.
const EXCHANGE: Duration = Duration::from_secs(30);

/// Sends mail over one server.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    to: Mailboxes,
}

impl Mailer {
    /// Prepares it. Passwords and mails travel in clear without TLS, so that is for loopback alone.
    pub fn new(settings: &MailSettings) -> Result<Self, DeliveryError> {
        let wrong = |detail: String| DeliveryError::MailMisconfigured { detail };
        // Whatever the URL holds may be a password, so no error repeats it.
        let unreadable = "the URL is none, such as smtps://user:password@mail.example".to_owned();
        let url = Url::parse(settings.url.reveal()).map_err(|_| wrong(unreadable.clone()))?;
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let is_loopback = host == "localhost"
            || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        let has_tls = url.scheme() == "smtps" || url.query() == Some("tls=required");
        if !has_tls && !is_loopback {
            return Err(wrong(
                "say smtps://…, or smtp://…?tls=required: without TLS mail travels in clear".to_owned(),
            ));
        }
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(settings.url.reveal());
        let transport = builder.map_err(|_| wrong(unreadable))?.timeout(Some(EXCHANGE)).build();
        let address =
            |what: &str, text: &str| wrong(format!("`{text}` is no {what}: write `Keys <keys@example.com>`"));
        Ok(Self {
            transport,
            from: settings.from.parse().map_err(|_| address("sender", &settings.from))?,
            to: settings.to.parse().map_err(|_| address("list of receivers", &settings.to))?,
        })
    }

    /// Sends one mail; `id` is the same at every attempt.
    pub async fn send(&self, id: &str, subject: &str, text: String) -> Result<(), DeliveryError> {
        let wrong =
            |error: lettre::error::Error| DeliveryError::MailMisconfigured { detail: error.to_string() };
        let to: header::To = self.to.clone().into();
        let mail = Message::builder()
            .from(self.from.clone())
            .mailbox(to)
            .subject(subject)
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .header(header::ContentType::TEXT_PLAIN)
            .body(text)
            .map_err(wrong)?;
        match self.transport.send(mail).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_timeout() => Err(DeliveryError::TimedOut { after: EXCHANGE }),
            Err(error) => Err(DeliveryError::MailRefused { detail: error.to_string() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::SecretText;

    fn settings(url: &str, to: &str) -> MailSettings {
        MailSettings {
            url: SecretText::new(url.to_owned()),
            from: "Keystile <keys@example.com>".to_owned(),
            to: to.to_owned(),
        }
    }

    #[test]
    fn mail_travels_in_clear_over_loopback_alone() {
        for url in [
            "smtps://u:p@mail.example",
            "smtp://mail.example:587?tls=required",
            "smtp://127.0.0.1:2525",
            "smtp://[::1]",
        ] {
            assert!(Mailer::new(&settings(url, "a@example.com, B <b@example.com>")).is_ok(), "{url}");
        }
        for url in [
            "smtp://mail.example",
            "smtp://mail.example?tls=opportunistic",
            "http://mail.example",
            "mail.example",
            "",
        ] {
            assert!(Mailer::new(&settings(url, "a@example.com")).is_err(), "{url}");
        }
        assert!(Mailer::new(&settings("smtps://mail.example", "nobody")).is_err());
    }

    #[test]
    fn no_error_repeats_the_password() {
        let refused =
            Mailer::new(&settings("smtp://user:hunter2@mail.example", "a@example.com")).err().unwrap();
        assert!(!format!("{refused} {refused:?}").contains("hunter2"));
    }
}
