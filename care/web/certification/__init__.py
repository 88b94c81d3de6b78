"""HAS certification and ESSMS evaluation: self-assessment, evidence by method, mock visits, documents."""
