//! The strength of a tie and its 16-bit cost. Costs add where strengths multiply.

use thiserror::Error;

/// Cost units in one nat (a factor of e).
pub(crate) const UNITS_PER_NAT: f64 = 4096.0;

/// A strength in (0, 1], kept as `round(-ln s * 4096)` in 16 bits.
///
/// Six steps lose at most 0.07 % of a product to rounding; below e⁻¹⁶ (about 1e-7) all strengths
/// are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Strength {
    cost: u16,
}

/// The number given is no strength.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[error("a strength lies in (0, 1], got {0}")]
pub struct StrengthError(pub f64);

impl Strength {
    /// The strength nearest to `value`.
    ///
    /// # Errors
    /// When `value` is not in (0, 1].
    pub fn new(value: f64) -> Result<Self, StrengthError> {
        if value > 0.0 && value <= 1.0 {
            Ok(Self {
                cost: cost_of(value),
            })
        } else {
            Err(StrengthError(value))
        }
    }

    /// The strength with this cost.
    #[must_use]
    pub const fn from_cost(cost: u16) -> Self {
        Self { cost }
    }

    /// `round(-ln s * 4096)`.
    #[must_use]
    pub const fn cost(self) -> u16 {
        self.cost
    }

    /// Between 0 (excluded) and 1.
    #[must_use]
    pub fn value(self) -> f64 {
        factor_of(u32::from(self.cost))
    }
}

/// The cost of a factor in (0, 1], saturating at 16 bits.
pub(crate) fn cost_of(factor: f64) -> u16 {
    // A float cast saturates, which is what is wanted of tiny factors.
    (-factor.ln() * UNITS_PER_NAT).round() as u16
}

/// The factor that a sum of costs stands for.
pub(crate) fn factor_of(cost: u32) -> f64 {
    (-f64::from(cost) / UNITS_PER_NAT).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strengths_outside_zero_to_one_are_refused() {
        for bad in [0.0, -0.5, 1.000_001, f64::NAN, f64::INFINITY] {
            assert!(Strength::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_strength_survives_as_cost_within_the_rounding() {
        for value in [1.0, 0.999, 0.5, 0.01, 1e-6] {
            let kept = Strength::new(value).unwrap().value();
            assert!((kept / value - 1.0).abs() < 1.3e-4, "{value} became {kept}");
        }
        assert_eq!(Strength::new(1e-300).unwrap().cost(), u16::MAX);
    }
}
