int nothing_said_about_me;
