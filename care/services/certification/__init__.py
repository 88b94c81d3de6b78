"""HAS certification and ESSMS evaluation: self-assessment, evidence by theme, mock visits, evidence book, reports."""
