//! The drill: a backup is restored on trial into a throw-away folder, and what is there then is held
//! against what was carried away. So that it is not found out on the day of need that it cannot be.

use std::path::Path;

use skeleton_archive::{Identities, Place};

use super::{
    About,
    check::check,
    fill::{Target, fill, needs_room},
};
use crate::{data::DataFolder, failure::Failure};

/// Restores the archive into `folder`, which is empty or not there and is gone afterwards.
///
/// # Errors
/// When it cannot be restored, or something else is there then; see [`Failure`].
pub async fn drill(
    (place, name, identities): (&Place, &str, &Identities),
    folder: &Path,
) -> Result<About, Failure> {
    let about = check(place, name, identities, &|_| {}).await?;
    needs_room(&about, folder)?;
    // Whatever an earlier one left when it was killed goes first.
    let data = DataFolder::hold_to_restore(folder)?;
    let tried = async {
        let target = Target::folder(&data, &about).await?;
        let services: Vec<String> = about.services.keys().cloned().collect();
        let from = (place, name, identities);
        fill(&target, &services, from, &about, &|_| {}).await
    };
    let tried = tried.await;
    data.give_up()?;
    data.remove()?;
    tried.map(|()| about)
}
