"""What a camera's day was like: events, figures, the daily report. Computed when asked, never kept."""
