//! A sample network: five fictional accounts in a circle with the asker. Asking again gives the
//! same one.

use kith_shared::{
    events::users::{SamplePersona, SampleRequested},
    ids::{AccountId, AddressId, CircleId},
    sharing::Sharing,
};
use skeleton_durable::commit::{ChangeSet, CommitError, decide};

use super::{App, announce::email_key};
use crate::{
    domain::{
        account::Account,
        address::Address,
        circle::Circle,
        sample::{self, Persona, SampleNetwork},
    },
    ports::Write,
};

/// Why there is no sample network.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// The asker was erased.
    #[error("no such account")]
    Unknown,
    /// The asker is in too many circles.
    #[error("an account is in at most {} circles", super::circles::CIRCLES_LIMIT)]
    TooMany,
    /// The store cannot be reached, or a defect.
    #[error(transparent)]
    Internal(#[from] CommitError),
}

impl App {
    /// Makes a sample network, or returns the one that was made before.
    ///
    /// # Errors
    /// See [`SampleError`].
    pub async fn create_sample_network(
        &self,
        asker: AccountId,
    ) -> Result<SampleNetwork, SampleError> {
        decide(async || {
            if let Some(sample) = self.store.sample(asker).await? {
                return Ok(Ok(sample));
            }
            let asker = self.load(asker).await?.ok_or(SampleError::Unknown)?;
            if !self.has_room(asker.id).await? {
                return Err(SampleError::TooMany);
            }
            let (change, sample) = self.make_sample(&asker)?;
            Ok(self.commit(change).await.map(|()| sample))
        })
        .await
    }

    fn make_sample(
        &self,
        asker: &Account,
    ) -> Result<(ChangeSet<Write>, SampleNetwork), CommitError> {
        let (now, cause, id) = (self.now(), Self::cause(), CircleId((self.new_id)()));
        let name = sample::CIRCLE_NAME.to_owned();
        let mut circle = Circle::found(id, name, asker.id, Sharing::Name, now);
        let (mut change, mut others) = (ChangeSet::new(), Vec::new());
        for (index, name) in sample::NAMES.into_iter().enumerate() {
            let email = sample::email(index, id);
            let first = Address::claim(AddressId((self.new_id)()), email_key(&email), None, now)
                .proven(now);
            let zone = asker.time_zone.clone();
            let account = Account::sign_up(
                AccountId((self.new_id)()),
                email,
                name.to_owned(),
                zone,
                first,
                now,
            );
            circle = circle
                .join(account.id, Sharing::Name, now)
                .map_err(|error| CommitError::Internal(error.into()))?;
            // Without a password nobody signs in as one of them.
            change = change
                .event(&account.changed(&self.key_hasher), now, &cause)
                .write(Write::InsertAccount(Box::new(account.clone()), None));
            others.push(account);
        }
        let named = |id| {
            let account = others.iter().find(|other| other.id == id).unwrap_or(asker);
            account.display_name.clone()
        };
        let requested = SampleRequested {
            circle_id: id,
            asker: persona(asker),
            others: others.iter().map(persona).collect(),
            seed: sample::seed(id),
        };
        let sample = SampleNetwork {
            asker: asker.id,
            circle_id: id,
            personas: requested
                .others
                .iter()
                .map(|other| Persona {
                    account_id: other.account_id,
                    display_name: other.display_name.clone(),
                    email: other.email.clone(),
                })
                .collect(),
        };
        let change = change
            .event(&circle.changed(named), now, &cause)
            .event(&requested, now, &cause)
            .write(Write::InsertCircle(circle))
            .write(Write::InsertSample(sample.clone()));
        Ok((change, sample))
    }
}

fn persona(account: &Account) -> SamplePersona {
    SamplePersona {
        account_id: account.id,
        display_name: account.display_name.clone(),
        email: account.email.as_str().to_owned(),
    }
}
