"""What browsers fetch: playlists, segments, recordings and cuts, behind signed tickets that end."""
