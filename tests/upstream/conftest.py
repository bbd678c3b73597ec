"""What is below is run by other processes of pytest, through a client or not at all."""

collect_ignore_glob = ["stock/*"]
