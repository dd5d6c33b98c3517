//! Where the people of a neighbourhood stand in a picture: the centre in the middle, the others
//! drawn to those they are tied to and kept apart. The same seed gives the same picture.

/// A place in the picture; both in -1..=1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// To the right.
    pub x: f64,
    pub y: f64,
}

const ROUNDS: u32 = 120;

/// Places for `count` people, the first of them in the centre. `ties` are pairs of places with a
/// strength.
#[must_use]
pub fn place(count: usize, ties: &[(usize, usize, f64)], seed: u128) -> Vec<Point> {
    let mut random = seed ^ 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;
    let mut points: Vec<Point> = (0..count)
        .map(|index| {
            // On a spiral, turned by the seed: never two in one place.
            let angle = 2.399_963 * index as f64 + 0.3 * next(&mut random);
            let radius = (index as f64 / count.max(1) as f64).sqrt();
            Point {
                x: radius * angle.cos(),
                y: radius * angle.sin(),
            }
        })
        .collect();
    let ideal = (1.0 / count.max(1) as f64).sqrt();
    for round in 0..ROUNDS {
        let step = 0.1 * f64::from(ROUNDS - round) / f64::from(ROUNDS);
        let forces = forces(&points, ties, ideal);
        for (point, force) in points.iter_mut().zip(forces).skip(1) {
            let length = force.x.hypot(force.y).max(1e-9);
            let moved = length.min(step) / length;
            point.x += force.x * moved;
            point.y += force.y * moved;
        }
    }
    fit(points)
}

/// Everybody pushes everybody away; a tie pulls, the stronger the more.
fn forces(points: &[Point], ties: &[(usize, usize, f64)], ideal: f64) -> Vec<Point> {
    let mut forces = vec![Point::default(); points.len()];
    for a in 0..points.len() {
        for b in a + 1..points.len() {
            let (dx, dy) = (points[a].x - points[b].x, points[a].y - points[b].y);
            let square = (dx * dx + dy * dy).max(1e-6);
            let push = ideal * ideal / square;
            forces[a].x += dx * push;
            forces[a].y += dy * push;
            forces[b].x -= dx * push;
            forces[b].y -= dy * push;
        }
    }
    for &(a, b, strength) in ties {
        let (dx, dy) = (points[a].x - points[b].x, points[a].y - points[b].y);
        let pull = dx.hypot(dy) / ideal * (0.3 + strength);
        forces[a].x -= dx * pull;
        forces[a].y -= dy * pull;
        forces[b].x += dx * pull;
        forces[b].y += dy * pull;
    }
    forces
}

/// Moves the first into the middle and the farthest onto the edge.
fn fit(mut points: Vec<Point>) -> Vec<Point> {
    let Some(&centre) = points.first() else {
        return points;
    };
    let reach = points
        .iter()
        .map(|point| (point.x - centre.x).abs().max((point.y - centre.y).abs()))
        .fold(1e-9, f64::max);
    for point in &mut points {
        point.x = ((point.x - centre.x) / reach).clamp(-1.0, 1.0);
        point.y = ((point.y - centre.y) / reach).clamp(-1.0, 1.0);
    }
    points
}

/// The next of a sequence in 0..1 that the seed decides (a linear congruential generator).
fn next(state: &mut u128) -> f64 {
    *state = state
        .wrapping_mul(0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645)
        .wrapping_add(1);
    ((*state >> 75) as f64) / ((1_u64 << 53) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn star(count: usize) -> Vec<(usize, usize, f64)> {
        (1..count).map(|other| (0, other, 0.5)).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_picture() {
        assert_eq!(place(12, &star(12), 7), place(12, &star(12), 7));
        assert_ne!(place(12, &star(12), 7), place(12, &star(12), 8));
    }

    #[test]
    fn the_centre_is_in_the_middle_and_everybody_inside_and_apart() {
        for count in [0, 1, 2, 3, 41] {
            let points = place(count, &star(count), 1);
            assert_eq!(points.len(), count);
            assert!(points.first().is_none_or(|p| *p == Point::default()));
            for (index, a) in points.iter().enumerate() {
                assert!(a.x.abs() <= 1.0 && a.y.abs() <= 1.0 && a.x.is_finite());
                for b in &points[index + 1..] {
                    assert!((a.x - b.x).hypot(a.y - b.y) > 0.01, "{a:?} {b:?}");
                }
            }
        }
    }

    #[test]
    fn those_who_are_tied_stand_closer() {
        let mut ties = star(9);
        ties.push((1, 2, 0.9));
        ties.push((3, 4, 0.9));
        let points = place(9, &ties, 3);
        let apart =
            |a: usize, b: usize| (points[a].x - points[b].x).hypot(points[a].y - points[b].y);
        assert!(apart(1, 2) < apart(1, 3) && apart(3, 4) < apart(2, 4));
    }
}
