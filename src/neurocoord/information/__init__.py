"""What coordination is, from known moments, and how to estimate it, from trials."""

from neurocoord.information.estimates import (
    InformationEstimate,
    Interval,
    estimate_information,
    estimator_variance,
    moments_of,
    naive_mean,
    naive_shuffled_mean,
    trials_needed,
)
from neurocoord.information.jackknife import redundancy_interval, redundancy_of_slope
from neurocoord.information.moments import (
    differential_variance,
    linear_fisher_information,
    noise_correlations,
    redundancy,
    redundancy_fraction,
    shuffled_information,
    single_neuron_information,
    total_correlation,
)
from neurocoord.information.statistics import Statistics

__all__ = [
    "InformationEstimate", "Interval", "Statistics", "differential_variance",
    "estimate_information", "estimator_variance", "linear_fisher_information", "moments_of",
    "naive_mean", "naive_shuffled_mean", "noise_correlations", "redundancy", "redundancy_fraction",
    "redundancy_interval", "redundancy_of_slope", "shuffled_information",
    "single_neuron_information", "total_correlation", "trials_needed",
]  # fmt: skip
