//! Behaviour across modules, in one test binary: one file per noun.

mod behaviour {
    mod catalogue;
    mod check;
    mod commands;
    mod config;
    mod corpus;
    mod crash;
    mod damage;
    #[cfg(feature = "panel")]
    mod deeds;
    mod demo;
    mod disk;
    mod doctor;
    mod documents;
    #[cfg(feature = "panel")]
    mod every_page;
    mod exit;
    mod feed;
    mod files;
    #[cfg(feature = "panel")]
    mod glass;
    mod guard;
    mod hand;
    mod health;
    mod http;
    #[cfg(feature = "hub")]
    mod hub;
    #[cfg(feature = "kms")]
    mod kms;
    mod ledger;
    mod locked;
    mod moved;
    mod nav;
    mod notify;
    mod outage;
    mod pages;
    #[cfg(feature = "panel")]
    mod panel;
    mod pin;
    mod publisher;
    mod purge;
    mod quiet;
    mod replay;
    #[cfg(feature = "panel")]
    mod rescue;
    mod rest;
    #[cfg(feature = "panel")]
    mod restart;
    mod room;
    mod round;
    #[cfg(feature = "panel")]
    mod screens;
    mod sensors;
    mod service;
    mod settings;
    mod skip;
    mod store;
    mod support;
    mod sync;
    #[cfg(feature = "panel")]
    mod technician;
    mod thrift;
    mod tidy;
    #[cfg(feature = "panel")]
    mod tiles;
    mod touch;
    mod town;
    #[cfg(feature = "panel")]
    mod two_users;
    mod typeface;
    mod units;
    mod view;
    #[cfg(feature = "panel")]
    mod visits;
}
