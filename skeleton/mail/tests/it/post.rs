use std::time::Duration;

use async_trait::async_trait;
use jiff::SignedDuration;
use skeleton_mail::{Attempt, Letter, Mailer, NotSent, attempt};

use crate::letter;

/// Always answers the same.
struct Says(fn() -> Result<(), NotSent>);

#[async_trait]
impl Mailer for Says {
    async fn send(&self, _: &Letter) -> Result<(), NotSent> {
        (self.0)()
    }
}

#[tokio::test]
async fn waits_double_up_to_an_hour() {
    let (later, letter) = (Says(|| Err(NotSent::Later("busy".to_owned()))), letter());
    for (failures, seconds) in [
        (0, 10),
        (1, 20),
        (2, 40),
        (8, 2560),
        (9, 3600),
        (5000, 3600),
    ] {
        let outcome = attempt(&later, &letter, failures, letter.created_at).await;
        let expected = Attempt::Postponed {
            wait: Duration::from_secs(seconds),
            reason: "busy".to_owned(),
        };
        assert_eq!(outcome, expected, "after {failures} failures");
    }
}

#[tokio::test]
async fn a_letter_is_given_up_after_three_days_or_when_it_is_refused() {
    let letter = letter();
    let after = |hours| {
        letter
            .created_at
            .saturating_add(SignedDuration::from_hours(hours))
            .unwrap()
    };
    let later = Says(|| Err(NotSent::Later("busy".to_owned())));
    let never = Says(|| Err(NotSent::Never("unknown".to_owned())));
    let sent = Says(|| Ok(()));
    assert!(matches!(
        attempt(&later, &letter, 80, after(72)).await,
        Attempt::Postponed { .. }
    ));
    assert_eq!(
        attempt(&later, &letter, 80, after(73)).await,
        Attempt::GivenUp("busy".to_owned())
    );
    assert_eq!(
        attempt(&never, &letter, 0, letter.created_at).await,
        Attempt::GivenUp("unknown".to_owned())
    );
    assert_eq!(attempt(&sent, &letter, 80, after(100)).await, Attempt::Sent);
}

#[test]
fn what_is_shown_of_a_letter_holds_no_code_and_no_address() {
    let letter = Letter {
        body: "Code: 1234-5678".to_owned(),
        ..letter()
    };
    let shown = format!("{letter:?}");
    assert!(
        !shown.contains("1234") && !shown.contains("ada@"),
        "{shown}"
    );
}
