//! Whole-command tests: the built `keyfob` in a sealed world, against a sandbox in this process.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "test code, of which clippy only recognises the functions marked as tests"
)]

mod canaries;
mod daily;
mod damage;
mod damaged_files;
mod discipline;
mod explain;
mod fast_path;
mod faults_answers;
mod faults_clocks;
mod faults_defaults;
mod faults_disks;
mod faults_files;
mod faults_locks;
mod faults_setup;
mod import_damage;
mod imports;
mod inspect;
mod interrupt;
mod jwk;
mod keys;
mod kill;
mod login;
mod plauth_help;
mod plauth_jwt;
mod plauth_legacy;
mod plauth_login;
mod plauth_oauth;
mod plauth_profile;
mod plauth_reset;
mod plauth_screen;
mod plauth_world;
mod presets;
mod profile_edit;
mod profile_verbs;
mod profiles;
mod races;
mod reset;
mod screen;
mod verify;
mod verify_asking;
mod wizard;
mod world;
