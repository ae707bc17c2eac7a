"""Writing records the way the instance does: conversion, business rules, audit fields, journals."""
