"""Where models come from: the hubs' metadata through their own libraries, the bytes through one transfer."""
