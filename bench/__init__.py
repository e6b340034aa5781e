"""Where the time goes: each part per dossier, and peers on the same small network, in one run."""
