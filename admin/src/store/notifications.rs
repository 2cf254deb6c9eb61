//! What happened that somebody wants to be told, and who has been.

use super::row::{Row, int, secs};
use super::statement::query;
use super::{Change, Snapshot, StoreError};
use crate::domain::{MOST_WAITING, TOLD_KEPT_SECS, Timestamp};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Its id, by which receivers know a repetition.
    pub id: String,
    /// What happened, such as `alert.raised`.
    pub event: String,
    /// When.
    pub at: Timestamp,
    /// What receivers get, as JSON.
    pub body: String,
}

/// Something that somebody is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// What.
    pub notification: Notification,
    /// Whom.
    pub receiver: String,
    /// How often that failed.
    pub failed: u32,
}

/// No attempt is planned so far ahead, but by a clock that has been set back since.
const LONGEST_PLAN_SECS: u64 = 2 * 86_400;

impl Snapshot {
    /// What is not addressed yet, the oldest first; a hundred at most.
    pub async fn unaddressed(&mut self) -> Result<Vec<Notification>, StoreError> {
        let rows = query(
            "SELECT id, event, at, body FROM notifications WHERE addressed_at IS NULL ORDER BY at, id LIMIT 100",
        )
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(notification).collect()
    }

    /// What is due, one for each receiver: the oldest.
    pub async fn due_deliveries(&mut self, now: Timestamp) -> Result<Vec<Delivery>, StoreError> {
        let rows = query(
            "SELECT id, event, at, body, receiver, attempts FROM (
               SELECT id, event, at, body, receiver, attempts,
                      ROW_NUMBER() OVER (PARTITION BY receiver ORDER BY at, id) AS nth
               FROM deliveries JOIN notifications ON id = notification
               WHERE delivered_at IS NULL AND given_up_at IS NULL
                 AND (next_attempt_at <= $1 OR next_attempt_at > $2)) AS due
             WHERE nth = 1 ORDER BY receiver",
        )
        .bind(secs(now))
        .bind(secs(now.plus(LONGEST_PLAN_SECS)))
        .fetch_all(self.connection())
        .await?;
        let delivery = |row: &Row| {
            Ok(Delivery {
                notification: notification(row)?,
                receiver: row.text("receiver")?,
                failed: u32::try_from(row.number("attempts")?).unwrap_or(u32::MAX),
            })
        };
        rows.iter().map(delivery).collect()
    }

    /// How many wait for each receiver.
    pub async fn waiting_deliveries(&mut self) -> Result<Vec<(String, u64)>, StoreError> {
        let rows = query(
            "SELECT receiver, COUNT(*) AS waiting FROM deliveries
             WHERE delivered_at IS NULL AND given_up_at IS NULL GROUP BY receiver",
        )
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(|row| Ok((row.text("receiver")?, row.number("waiting")?))).collect()
    }
}

impl Change {
    /// Writes down what happened, to be addressed later.
    pub async fn notify(&mut self, notification: &Notification) -> Result<(), StoreError> {
        query("INSERT INTO notifications (id, event, at, body) VALUES ($1, $2, $3, $4)")
            .bind(&notification.id)
            .bind(&notification.event)
            .bind(secs(notification.at))
            .bind(&notification.body)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Addresses a notification to these receivers.
    pub async fn address(
        &mut self,
        id: &str,
        receivers: &[String],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        for receiver in receivers {
            query("INSERT INTO deliveries (notification, receiver, next_attempt_at) VALUES ($1, $2, 0)")
                .bind(id)
                .bind(receiver)
                .execute(self.connection())
                .await?;
            self.keep_to_the_most(receiver, now).await?;
        }
        query("UPDATE notifications SET addressed_at = $1 WHERE id = $2")
            .bind(secs(now))
            .bind(id)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// The oldest are given up where too many wait for one receiver.
    async fn keep_to_the_most(&mut self, receiver: &str, now: Timestamp) -> Result<(), StoreError> {
        query(
            "UPDATE deliveries SET given_up_at = $1, last_error = 'too many wait for this receiver'
             WHERE receiver = $2 AND notification IN (
               SELECT notification FROM (
                 SELECT notification, ROW_NUMBER() OVER (ORDER BY at DESC, id DESC) AS nth
                 FROM deliveries JOIN notifications ON id = notification
                 WHERE receiver = $2 AND delivered_at IS NULL AND given_up_at IS NULL) AS waiting
               WHERE nth > $3)",
        )
        .bind(secs(now))
        .bind(receiver)
        .bind(MOST_WAITING)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// It has arrived.
    pub async fn note_delivered(&mut self, delivery: &Delivery, now: Timestamp) -> Result<(), StoreError> {
        query(
            "UPDATE deliveries SET delivered_at = $1, attempts = attempts + 1, last_error = NULL
             WHERE notification = $2 AND receiver = $3",
        )
        .bind(secs(now))
        .bind(&delivery.notification.id)
        .bind(&delivery.receiver)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// It has not arrived, and is tried again, or given up.
    pub async fn note_undelivered(
        &mut self,
        delivery: &Delivery,
        error: &str,
        next_attempt_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        query(
            "UPDATE deliveries SET attempts = attempts + 1, last_error = $1, next_attempt_at = $2, given_up_at = $3
             WHERE notification = $4 AND receiver = $5",
        )
        .bind(error)
        .bind(secs(next_attempt_at.unwrap_or(now)))
        .bind(next_attempt_at.is_none().then(|| secs(now)))
        .bind(&delivery.notification.id)
        .bind(&delivery.receiver)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Gives up whatever waits for a receiver.
    pub async fn give_up_deliveries(
        &mut self,
        receiver: &str,
        why: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        query(
            "UPDATE deliveries SET given_up_at = $1, last_error = $2
             WHERE receiver = $3 AND delivered_at IS NULL AND given_up_at IS NULL",
        )
        .bind(secs(now))
        .bind(why)
        .bind(receiver)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Forgets what happened long ago.
    pub async fn forget_notifications(&mut self, now: Timestamp) -> Result<(), StoreError> {
        query("DELETE FROM notifications WHERE at < $1")
            .bind(int(now.as_secs().saturating_sub(TOLD_KEPT_SECS)))
            .execute(self.connection())
            .await?;
        Ok(())
    }
}

fn notification(row: &Row) -> Result<Notification, StoreError> {
    Ok(Notification {
        id: row.text("id")?,
        event: row.text("event")?,
        at: row.at("at")?,
        body: row.text("body")?,
    })
}
