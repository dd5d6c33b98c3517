//! Which persons of several books are one human: those that share a strong key within one circle.
//! Names never count. Union–find, deterministic.

use kith_shared::keys::KeyHash;

/// Who says that a key is a person's: one book, or an account that has proven it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Claimant {
    /// The book of the owner with this index.
    Book(u16),
    /// An account speaks for itself.
    Account,
}

/// A key of a member, said within a group: only keys of one group and part can meet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Claim {
    part: u32,
    group: u32,
    key: KeyHash,
    claimant: Claimant,
    member: u32,
}

/// Collects claims, then joins members.
#[derive(Debug, Default)]
pub struct Identities {
    claims: Vec<Claim>,
    part: u32,
}

impl Identities {
    /// From here on claims belong to this part of the members; nobody is joined across parts. Until
    /// then all belong to part 0.
    pub fn part(&mut self, part: u32) {
        self.part = part;
    }

    /// Says that `member` holds `key` in these groups.
    pub fn claim(&mut self, groups: &[u32], key: &KeyHash, claimant: Claimant, member: u32) {
        let part = self.part;
        let claim = |&group: &u32| Claim {
            part,
            group,
            key: key.clone(),
            claimant,
            member,
        };
        let claims = groups.iter().map(claim);
        self.claims.extend(claims);
    }

    /// Every key that somebody holds, some several times.
    pub fn keys(&self) -> impl Iterator<Item = &KeyHash> {
        self.claims.iter().map(|claim| &claim.key)
    }

    /// For each of `members`, the smallest member that is the same human.
    ///
    /// A key that one book gives to two persons identifies neither of them: the owner keeps them
    /// apart on purpose.
    #[must_use]
    pub fn join(mut self, members: u32) -> Vec<u32> {
        let mut parents: Vec<u32> = (0..members).collect();
        self.claims.sort_unstable();
        self.claims.dedup();
        let same = |a: &Claim, b: &Claim| (a.part, a.group, &a.key) == (b.part, b.group, &b.key);
        for same_key in self.claims.chunk_by(same) {
            let mut first = None;
            for claimant in same_key.chunk_by(|a, b| a.claimant == b.claimant) {
                let [claim] = claimant else { continue };
                match first {
                    None => first = Some(claim.member),
                    Some(first) => unite(&mut parents, first, claim.member),
                }
            }
        }
        (0..members)
            .map(|member| root(&mut parents, member))
            .collect()
    }
}

fn root(parents: &mut [u32], member: u32) -> u32 {
    let mut at = member;
    while parents[at as usize] != at {
        let grandparent = parents[parents[at as usize] as usize];
        parents[at as usize] = grandparent;
        at = grandparent;
    }
    at
}

fn unite(parents: &mut [u32], a: u32, b: u32) {
    let (a, b) = (root(parents, a), root(parents, b));
    parents[a.max(b) as usize] = a.min(b);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(claims: &[(u32, &str, Claimant, u32)], members: u32) -> Vec<u32> {
        let mut identities = Identities::default();
        for (group, key, claimant, member) in claims {
            identities.claim(&[*group], &KeyHash((*key).into()), *claimant, *member);
        }
        identities.join(members)
    }

    #[test]
    fn a_key_shared_by_two_books_of_a_group_joins_and_chains() {
        let claims = [
            (1, "k1", Claimant::Book(1), 0),
            (1, "k1", Claimant::Book(2), 1),
            (1, "k2", Claimant::Book(2), 1),
            (1, "k2", Claimant::Account, 2),
        ];
        assert_eq!(joined(&claims, 4), [0, 0, 0, 3]);
    }

    #[test]
    fn the_same_key_in_two_groups_joins_nobody() {
        let claims = [
            (1, "k", Claimant::Book(1), 0),
            (2, "k", Claimant::Book(2), 1),
        ];
        assert_eq!(joined(&claims, 2), [0, 1]);
    }

    #[test]
    fn a_key_that_one_book_gives_to_two_persons_identifies_neither() {
        let claims = [
            (1, "k", Claimant::Book(1), 0),
            (1, "k", Claimant::Book(1), 1),
            (1, "k", Claimant::Book(2), 2),
            (1, "k", Claimant::Book(3), 3),
        ];
        assert_eq!(joined(&claims, 4), [0, 1, 2, 2]);
    }
}
